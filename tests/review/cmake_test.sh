#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# What CMake 3.10 does not know, which Ubuntu 18.04 has, stands in no CMakeLists.txt, unless below an if()
# that asks for CMAKE_VERSION. It is a list of what is likely to be written, not all that is new.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=review.sh
. "$(dirname "$0")/review.sh"
need git

# Since when; what a line must not match; a line that does.
newer=$work/newer
cat >"$newer" <<'TABLE'
3.12|(add_compile_definitions|add_link_options)\(|add_compile_definitions(A=1)
3.12|list\((JOIN|TRANSFORM)|list(TRANSFORM names PREPEND x)
3.12|string\(JOIN|string(JOIN " " line ${words})
3.12|\$<(TARGET_EXISTS|TARGET_NAME_IF_EXISTS|GENEX_EVAL|TARGET_GENEX_EVAL|IN_LIST):|$<TARGET_EXISTS:policy>
3.12|CONFIGURE_DEPENDS|file(GLOB files CONFIGURE_DEPENDS *.c)
3.12|HOMEPAGE_URL|project(x HOMEPAGE_URL https://example.org)
3.13|target_link_(options|directories)\(|target_link_options(policy PRIVATE -Wl,-z,now)
3.13|OUTPUT_FORMAT|math(EXPR x "1" OUTPUT_FORMAT HEXADECIMAL)
3.14|[Cc]heckPIESupported|include(CheckPIESupported)
3.14|check_pie_supported\(|check_pie_supported()
3.14|file\((CREATE_LINK|READ_SYMLINK|SIZE)|file(SIZE a b)
3.14|CMAKE_REQUIRED_LINK_OPTIONS|set(CMAKE_REQUIRED_LINK_OPTIONS -static)
3.14|install\(TARGETS +[^ ]+ *\)|install(TARGETS offload-agent)
3.15|list\((PREPEND|POP_BACK|POP_FRONT|FILTER +[^ ]+ +[^IE])|list(POP_FRONT words first)
3.15|string\(REPEAT|string(REPEAT - 3 line)
3.15|message\((NOTICE|VERBOSE|DEBUG|TRACE)|message(VERBOSE hello)
3.15|\$<(COMPILE_LANG_AND_ID|REMOVE_DUPLICATES|FILTER):|$<COMPILE_LANG_AND_ID:C,GNU>
3.15|\$<(C|CXX)_COMPILER_ID:[^>,]+,|$<C_COMPILER_ID:GNU,Clang>
3.15|--install|cmake --install build
3.15|COMMAND_ECHO|execute_process(COMMAND true COMMAND_ECHO STDOUT)
3.16|COMMAND_EXPAND_LISTS|add_test(NAME x COMMAND y COMMAND_EXPAND_LISTS)
3.16|file\(GET_RUNTIME_DEPENDENCIES|file(GET_RUNTIME_DEPENDENCIES)
3.16|target_precompile_headers\(|target_precompile_headers(policy PRIVATE x.h)
3.17|CMAKE_CURRENT_FUNCTION|set(here ${CMAKE_CURRENT_FUNCTION_LIST_DIR})
3.17|ZIP_LISTS|foreach(x IN ZIP_LISTS a b)
3.17|message\(CHECK_|message(CHECK_START x)
3.18|cmake_language\(|cmake_language(CALL x)
3.18|[Cc]heckLinkerFlag|include(CheckLinkerFlag)
3.18|file\((ARCHIVE|CONFIGURE)|file(CONFIGURE OUTPUT x CONTENT y)
3.18|find_(program|library|file|path)\(.*REQUIRED|find_program(GIT git REQUIRED)
3.19|Check(CompilerFlag|SourceCompiles|SourceRuns)\)|include(CheckSourceCompiles)
3.19|COMMAND_ERROR_IS_FATAL|execute_process(COMMAND x COMMAND_ERROR_IS_FATAL ANY)
3.19|file\(CHMOD|file(CHMOD x PERMISSIONS OWNER_READ)
3.19|string\(JSON|string(JSON x GET y z)
3.20|cmake_path\(|cmake_path(GET x FILENAME y)
3.21|C_STANDARD 17|set(CMAKE_C_STANDARD 17)
3.22|ENVIRONMENT_MODIFICATION|set_tests_properties(x PROPERTIES ENVIRONMENT_MODIFICATION y)
3.24|COMPILE_WARNING_AS_ERROR|set(CMAKE_COMPILE_WARNING_AS_ERROR ON)
3.25|^ *block\(|block()
3.25|return\(PROPAGATE|return(PROPAGATE x)
TABLE

# find_newer FILE...: "FILE:LINE: since VERSION: LINE" for each that is not below a question for the version.
find_newer() {
	awk -v table="$newer" '
		BEGIN {
			while ((getline line < table) > 0) {
				n = split(line, parts, "|")
				# The expression may have bars of its own: first and last part are the others.
				regex = substr(line, length(parts[1]) + 2)
				since[++rows] = parts[1]
				regexes[rows] = substr(regex, 1, length(regex) - length(parts[n]) - 1)
			}
		}
		FNR == 1 { depth = asked = 0 }
		{ sub(/^ *#.*/, "") }
		/^ *if *\(/ { depth++; if (!asked && /CMAKE_VERSION/) asked = depth }
		/^ *endif *\(/ { if (asked == depth) asked = 0; depth-- }
		asked { next }
		{
			for (row = 1; row <= rows; row++)
				if ($0 ~ regexes[row]) {
					print FILENAME ":" FNR ": since " since[row] ": " $0
					break
				}
		}' "$@"
}

# Each row finds its own example, and none below a question.
sed 's/.*|//' "$newer" >"$work/examples"
{
	echo 'if(NOT CMAKE_VERSION VERSION_LESS 3.25)'
	echo 'if(TRUE)'
	cat "$work/examples"
	echo 'endif()'
	echo 'endif()'
} >"$work/asked"
find_newer "$work/examples" | sed 's/^.*: since [0-9.]*: //' >"$work/found"
diff "$work/examples" "$work/found" || complain "an example is not found"
[ -z "$(find_newer "$work/asked")" ] || complain "what is below a question is found"

mapfile -t files < <(git ls-files -- '*CMakeLists.txt' '*.cmake')
while read -r line; do
	complain "$line"
done < <(find_newer "${files[@]}")
grep -q '^cmake_minimum_required(VERSION 3\.10\.\.\.3\.16)$' CMakeLists.txt ||
	complain "CMakeLists.txt asks for another version"
report files "${#files[@]}"
