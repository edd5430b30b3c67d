// Package filecheck matches the output of a tool against directives that stand in comments of its input, after the
// program of the same name.
//
// A comment holds a directive if one of the words below, a colon and white space occur in it:
//
//	check: P      P matches somewhere after the last match
//	sameln: P     P matches on the rest of the line of the last match
//	nextln: P     P matches on the line after that of the last match
//	unordered: P  P matches somewhere after the last of the three above, and after the definitions that it refers to
//	not: P        P does not match up to the next match of the first three
//	regex: V=RE   the variable V stands for the regular expression RE
//
// A pattern is literal text with these exceptions: $$ is a dollar sign, $() is nothing, $V and $(V) are the value of a
// variable, $(V=RE) matches a regular expression and defines a variable by what it matched, $(=RE) only matches, and
// $(V=$R) takes the regular expression from the regex variable R. A pattern that starts or ends with a letter or digit
// matches there only at a word boundary; $() at that end switches this off.
package filecheck
