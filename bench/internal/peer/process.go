// Package peer runs other compilers beside Davit: as processes that answer requests, so that work can take turns.
package peer

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
)

// Process is a peer that takes a request a line and answers with a line: "ok" and words "key=value", or "error" and a
// message.
type Process struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// Start starts a peer.
func Start(path string, args ...string) (*Process, error) {
	cmd := exec.Command(path, args...)
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &Process{cmd, in, bufio.NewReaderSize(out, 1<<16)}, nil
}

// Reply holds the words of an answer.
type Reply map[string]string

// Float returns a number of the answer, 0 if it is not there.
func (r Reply) Float(key string) float64 {
	x, _ := strconv.ParseFloat(r[key], 64)
	return x
}

// Int returns an integer of the answer, 0 if it is not there.
func (r Reply) Int(key string) int64 {
	x, _ := strconv.ParseInt(r[key], 10, 64)
	return x
}

// Ask sends a request and waits for the answer.
func (p *Process) Ask(format string, args ...any) (Reply, error) {
	request := fmt.Sprintf(format, args...)
	if _, err := io.WriteString(p.in, request+"\n"); err != nil {
		return nil, fmt.Errorf("%s: %w", request, err)
	}
	line, err := p.out.ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("%s: the peer ended: %w", request, err)
	}
	return parseReply(request, line)
}

func parseReply(request, line string) (Reply, error) {
	line = strings.TrimSuffix(line, "\n")
	if msg, failed := strings.CutPrefix(line, "error "); failed {
		return nil, fmt.Errorf("%s: %s", request, msg)
	}
	words := strings.Fields(line)
	if len(words) == 0 || words[0] != "ok" {
		return nil, fmt.Errorf("%s: strange answer %q", request, line)
	}
	r := Reply{}
	for _, w := range words[1:] {
		k, v, ok := strings.Cut(w, "=")
		if !ok {
			return nil, fmt.Errorf("%s: strange word %q", request, w)
		}
		r[k] = v
	}
	return r, nil
}

// Once runs a command that prints one answer and ends.
func Once(command ...string) (Reply, error) {
	cmd := exec.Command(command[0], command[1:]...)
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = fmt.Errorf("%w\n%s", err, exit.Stderr)
		}
		return nil, fmt.Errorf("%s: %w", strings.Join(command, " "), err)
	}
	return parseReply(command[0], string(out))
}

// Close ends the peer.
func (p *Process) Close() error {
	return errors.Join(p.in.Close(), p.cmd.Wait())
}
