package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"davit/filetest"
	"davit/ir/op"
	"davit/ir/text"
	"davit/ir/verify"
)

// Faults that only the process which starts another one can see.
const (
	hangFault  filetest.FaultKind = "hang"
	deathFault filetest.FaultKind = "death"
)

// diagnoser asks a process of its own what goes wrong with files. When that dies or hangs, it starts another one.
type diagnoser struct {
	args    []string
	timeout time.Duration
	proc    *exec.Cmd
	in      *json.Encoder
	pipe    io.Closer
	answers chan *filetest.Fault // closed when the process has ended
	stderr  *tail
}

// newDiagnoser checks the options that concern the process.
func (o *bugpointOptions) newDiagnoser() (*diagnoser, error) {
	if _, err := passesNamed(o.passes); err != nil {
		return nil, err
	}
	d := &diagnoser{args: []string{workerName}, timeout: o.timeout}
	for _, p := range o.passes {
		d.args = append(d.args, "--pass", p)
	}
	for _, r := range o.disable {
		d.args = append(d.args, "--disable", r)
	}
	return d, nil
}

// lax makes the process compare results of programs which read what they have not written.
func (d *diagnoser) lax() {
	d.stop()
	d.args = append(d.args, "--lax")
}

// request is a line that the process reads; its answer is a filetest.Fault in a line.
type request struct{ Source []byte }

func (d *diagnoser) start() error {
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	d.proc = exec.Command(exe, d.args...)
	d.stderr = &tail{}
	d.proc.Stderr = d.stderr
	in, err := d.proc.StdinPipe()
	if err != nil {
		return err
	}
	out, err := d.proc.StdoutPipe()
	if err != nil {
		return err
	}
	if err := d.proc.Start(); err != nil {
		return err
	}
	d.in, d.pipe, d.answers = json.NewEncoder(in), in, make(chan *filetest.Fault, 1)
	go func(answers chan *filetest.Fault) {
		defer close(answers)
		dec := json.NewDecoder(out)
		for {
			f := new(filetest.Fault)
			if dec.Decode(f) != nil {
				return
			}
			answers <- f
		}
	}(d.answers)
	<-d.answers // it is ready, or has died, which the first question will show
	return nil
}

// diagnose returns what goes wrong with a file; nothing when ctx is done.
func (d *diagnoser) diagnose(ctx context.Context, src []byte) *filetest.Fault {
	if ctx.Err() != nil {
		return &filetest.Fault{}
	}
	if d.proc == nil {
		if err := d.start(); err != nil {
			return &filetest.Fault{Kind: deathFault, Keys: []string{"start"}, Msg: err.Error()}
		}
	}
	_ = d.in.Encode(request{src}) // a process that has died does not answer
	limit := time.NewTimer(d.timeout)
	defer limit.Stop()
	select {
	case f, ok := <-d.answers:
		if ok {
			return f
		}
		return d.died()
	case <-limit.C:
		d.stop()
		return &filetest.Fault{Kind: hangFault, Keys: []string{"hang"}, Msg: fmt.Sprintf("no answer after %v", d.timeout)}
	case <-ctx.Done():
		d.stop()
		return &filetest.Fault{}
	}
}

// died describes the end of the process.
func (d *diagnoser) died() *filetest.Fault {
	err := d.proc.Wait()
	msg := d.stderr.String()
	key, _, _ := strings.Cut(msg, "\n")
	for line := range strings.Lines(msg) {
		if strings.HasPrefix(line, "fatal error: ") || strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "davit ") {
			key = strings.TrimSpace(line)
			break
		}
	}
	d.proc = nil
	if key == "" {
		key = fmt.Sprint(err)
	}
	return &filetest.Fault{Kind: deathFault, Keys: []string{filetest.WithoutNumbers(key)}, Msg: fmt.Sprintf("the process dies: %v: %s", err, key)}
}

// stop ends the process.
func (d *diagnoser) stop() {
	if d.proc == nil {
		return
	}
	_ = d.proc.Process.Kill()
	d.pipe.Close()
	for range d.answers { // until it has ended
	}
	_ = d.proc.Wait()
	d.proc = nil
}

// tail keeps the start of what is written to it.
type tail struct{ bytes.Buffer }

const maxTail = 1 << 16

func (t *tail) Write(p []byte) (int, error) {
	if room := maxTail - t.Len(); room > 0 {
		t.Buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

// workerName is the command of the process.
const workerName = "diagnose-worker"

// newWorker makes the command: it answers requests until its standard input ends.
func newWorker() *cobra.Command {
	var passNames, disable []string
	var lax bool
	cmd := &cobra.Command{
		Use:    workerName,
		Short:  "Answer the requests of \"davit bugpoint\"",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			run, err := passesNamed(passNames)
			if err != nil {
				return err
			}
			g := filetest.Diagnoser{Disable: disable, Lax: lax}
			if len(run) > 0 {
				p := &passRunner{opts: verify.Options{PointerType: op.I64}}
				g.Prepare = func(fn *text.Function) error {
					for _, q := range run {
						if err := q.run(p, fn); err != nil {
							return err
						}
					}
					return nil
				}
			}
			dec, enc := json.NewDecoder(cmd.InOrStdin()), json.NewEncoder(cmd.OutOrStdout())
			if err := enc.Encode(&filetest.Fault{}); err != nil { // starting is not to count against the time of the first answer
				return err
			}
			for {
				var r request
				if err := dec.Decode(&r); errors.Is(err, io.EOF) {
					return nil
				} else if err != nil {
					return err
				}
				if err := enc.Encode(g.Source(r.Source)); err != nil {
					return err
				}
			}
		},
	}
	cmd.Flags().StringArrayVar(&passNames, "pass", nil, "run this pass before compiling")
	cmd.Flags().BoolVar(&lax, "lax", false, "let programs read what they have not written")
	cmd.Flags().StringArrayVar(&disable, "disable", nil, "select instructions without a rule")
	return cmd
}

// commandPredicate holds for files for which a command of the shell succeeds.
type commandPredicate struct {
	ctx     context.Context
	shell   string
	command string
	timeout time.Duration
	dir     string
	out     tail
}

func newCommandPredicate(ctx context.Context, command string, timeout time.Duration) (*commandPredicate, error) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "davit-bugpoint-")
	return &commandPredicate{ctx: ctx, shell: shell, command: command, timeout: timeout, dir: dir}, err
}

func (p *commandPredicate) close() { os.RemoveAll(p.dir) }

// output returns what the command has printed, to be put behind a message.
func (p *commandPredicate) output() string {
	if s := strings.TrimSpace(p.out.String()); s != "" {
		return ":\n" + s
	}
	return ""
}

func (p *commandPredicate) holds(src []byte) bool {
	path := filepath.Join(p.dir, "candidate.clif")
	if os.WriteFile(path, src, 0o666) != nil {
		return false
	}
	ctx, cancel := context.WithTimeout(p.ctx, p.timeout)
	defer cancel()
	c := exec.CommandContext(ctx, p.shell, "-c", p.command, "sh", path)
	c.WaitDelay = time.Second // for what the shell has started
	p.out.Reset()
	c.Stdout, c.Stderr = &p.out, &p.out
	return c.Run() == nil
}
