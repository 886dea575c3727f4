// SPDX-License-Identifier: MIT

#include "explore/model.h"

struct search search;
