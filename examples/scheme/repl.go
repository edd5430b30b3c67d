package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"

	"davit/examples/scheme/internal/rt"
	"davit/examples/scheme/internal/scheme"
	"davit/examples/scheme/internal/syntax"
)

// repl reads expressions, evaluates them and prints their values. An error or an interrupt ends an expression, not the session.
func repl(s *scheme.System, in io.Reader, out, errout io.Writer) error {
	prompt, more := "", ""
	if f, ok := in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		prompt, more = "> ", "  "
	}
	lines := bufio.NewReader(in)
	text, first, n := "", 1, 0 // the lines of an expression, the number of the first, the number of lines
	for {
		if text == "" {
			fmt.Fprint(out, prompt)
		} else {
			fmt.Fprint(out, more)
		}
		line, err := lines.ReadString('\n')
		if err != nil && line == "" {
			if text != "" {
				fmt.Fprintln(errout, "error: the input ended inside of an expression")
			}
			return nil
		}
		text += line
		n++
		end := interruptible(s)
		err = s.Eval("input", first, text, func(value string) { fmt.Fprintln(out, value) })
		end()
		var syn *syntax.Error
		var exit *rt.Exit
		switch {
		case errors.As(err, &syn) && syn.Incomplete:
			continue
		case errors.As(err, &exit):
			return err
		case err != nil:
			fmt.Fprintln(errout, scheme.Describe(err))
		}
		text, first = "", n+1
	}
}
