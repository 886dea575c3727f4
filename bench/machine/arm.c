// SPDX-License-Identifier: MIT

#include "machine/arm.h"

#include "machine/sysfs.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Those of servers and of boards that are common. The numbers are in the register MIDR_EL1. */
static const struct {
	unsigned int implementer;
	unsigned int part;
	const char *name;
} known[] = {
	{0x41, 0xd03, "Arm Cortex-A53"},
	{0x41, 0xd07, "Arm Cortex-A57"},
	{0x41, 0xd08, "Arm Cortex-A72"},
	{0x41, 0xd0b, "Arm Cortex-A76"},
	{0x41, 0xd0c, "Arm Neoverse N1"},
	{0x41, 0xd40, "Arm Neoverse V1"},
	{0x41, 0xd49, "Arm Neoverse N2"},
	{0x41, 0xd4a, "Arm Neoverse E1"},
	{0x41, 0xd4f, "Arm Neoverse V2"},
	{0x43, 0x0a1, "Cavium ThunderX"},
	{0x43, 0x0af, "Cavium ThunderX2"},
	{0x46, 0x001, "Fujitsu A64FX"},
	{0x48, 0xd01, "HiSilicon Kunpeng 920"},
	{0x61, 0x023, "Apple M1, Firestorm"},
	{0x61, 0x033, "Apple M2, Avalanche"},
	{0xc0, 0xac3, "Ampere-1"},
	{0xc0, 0xac4, "Ampere-1A"},
};

char *arm_model(const char *cpuinfo)
{
	char *model = NULL;
	char *implementer = sysfs_field(cpuinfo, "CPU implementer");
	char *part = sysfs_field(cpuinfo, "CPU part");
	const char *name = NULL;
	for (size_t i = 0; implementer && part && i < sizeof(known) / sizeof(*known); ++i) {
		if (strtoul(implementer, NULL, 16) == known[i].implementer &&
		    strtoul(part, NULL, 16) == known[i].part) {
			name = known[i].name;
		}
	}
	if (name) {
		model = strdup(name);
	} else if (implementer && part &&
		   asprintf(&model, "Arm, implementer %s, part %s", implementer, part) < 0) {
		model = NULL;
	}
	free(part);
	free(implementer);
	return model;
}
