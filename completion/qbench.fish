# Completes in fish, by the script that completes in bash. This file is installed for dirwalk as well
set -l script (path resolve (status dirname)/../../bash-completion/completions/qbench)
for program in qbench dirwalk
	complete -c $program -f -a "(bash '$script' (commandline -opc) (commandline -ct) 2>/dev/null)"
end
