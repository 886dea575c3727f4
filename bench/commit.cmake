# Writes the commit that is built as a macro, if it has changed. Every build runs this, so that
# results name what was measured.
#
#     cmake -DSOURCE=folder -DOUTPUT=file -P commit.cmake

execute_process(COMMAND git rev-parse --short=12 HEAD
	WORKING_DIRECTORY ${SOURCE} OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
execute_process(COMMAND git status --porcelain --untracked-files=no
	WORKING_DIRECTORY ${SOURCE} OUTPUT_VARIABLE changes ERROR_QUIET)
set(text "")
if(commit)
	if(changes)
		string(APPEND commit "-dirty")
	endif()
	set(text "#define BENCH_COMMIT \"${commit}\"\n")
endif()
set(before "")
if(EXISTS ${OUTPUT})
	file(READ ${OUTPUT} before)
endif()
if(NOT EXISTS ${OUTPUT} OR NOT before STREQUAL text)
	file(WRITE ${OUTPUT} "${text}")
endif()
