#!/usr/bin/env bash
# The JSON is valid for any names. A name that is not UTF-8 has U+FFFD for the invalid bytes, and beside it
# all its bytes in hexadecimal.

source "$(dirname "$0")/lib.sh"

hex() {
	printf '%s' "$1" | od -An -v -tx1 | tr -d ' \n'
}

# Valid names with all that JSON must escape. Invalid ones: lone, cut and overlong sequences, surrogates,
# and characters beyond the last one
valid=(plain 'with space' $'new\nline' $'\e\x01\x1f\x7f' 'quotes "\' ü € $'\xf0\x9f\x99\x82'
	$'\xef\xbf\xbd' -dash --json $'\xed\x9f\xbf' $'\xf4\x8f\xbf\xbf')
invalid=($'\xff' $'a\x80b' $'cut \xe2\x82' $'\xe2\x82 cut' $'\xc0\xaf' $'\xe0\x80\xaf' $'\xed\xa0\x80'
	$'\xf4\x90\x80\x80' $'\xf8\x88\x80\x80\x80' $'\xf0\x9f\x99' $'ok ü, not \xfc')
mkdir -- "${valid[@]}" "${invalid[@]}"
dirs=("${valid[@]}" "${invalid[@]}")

for kind in there missing; do
	status=0
	if [[ $kind == missing ]]; then
		rmdir -- "${dirs[@]}"
		status=1
	fi
	expect_status "$status" "$program" --json -- "${dirs[@]}"
	jq -e . "$out" >"$scratch/pretty" || fail "jq does not take it"
	iconv -f UTF-8 -t UTF-16 "$out" >/dev/null || fail "it is not UTF-8"
	expect_equal "DIRs in the JSON" "$(jq '.dirs | length' "$out")" "${#dirs[@]}"
	expect_equal "failures in the JSON" "$(jq '.failures | length' "$out")" \
		"$((status * ${#dirs[@]}))"

	# DIRs come in the order given. Failures come in any order, so they are found by their bytes
	jq -r '.dirs[] | "\(.dir | @base64) \(.dir_hex)"' "$out" >dirs
	jq -r '.failures[] | "\(.path | @base64) \(.path_hex) \(.error)"' "$out" | sort >failures
	for i in "${!dirs[@]}"; do
		dir=${dirs[i]}
		if ((i < ${#valid[@]})); then
			line="$(printf '%s' "$dir" | base64 -w0) null"
			expect_equal "DIR ${dir@Q} in the JSON" "$(sed -n "$((i + 1))p" dirs)" "$line"
		else
			line=$(sed -n "$((i + 1))p" dirs)
			expect_equal "bytes of DIR ${dir@Q}" "${line#* }" "$(hex "$dir")"
			[[ $(base64 -d <<<"${line%% *}") == *$'\xef\xbf\xbd'* ]] ||
				fail "no U+FFFD for DIR ${dir@Q}"
		fi
		if [[ $kind == missing ]]; then
			grep -qxF -e "$line No such file or directory" failures ||
				fail "no failure of ${dir@Q}, or not like $line"
		fi
	done
done
expect_equal "a name that is not UTF-8" \
	"$(jq -r '.dirs[-1].dir | explode | last' "$out")" $((0xfffd))
