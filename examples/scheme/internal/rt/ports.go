package rt

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"strings"

	"davit/examples/scheme/internal/syntax"
	"davit/gc"
)

// port is what is behind a port: a record with its number.
type port struct {
	in    *bufio.Reader
	out   *bufio.Writer
	str   *strings.Builder // what an output port of a string or bytevector has collected
	file  *os.File
	flush bool // when the program asks for input or ends
	bytes bool // it is a binary port

	failed bool // the program knows that writing has failed
}

// openPort is an entry of the table of ports, with the record that stands for it.
type openPort struct {
	*port
	record gc.Weak
}

// newPort makes a port. The table keeps no port that the program has lost, once it has grown.
func (m *Machine) newPort(p *port) gc.Word {
	n := len(m.ports)
	if n == cap(m.ports) {
		for i, q := range m.ports {
			if q.port == nil {
				n = i
			} else if _, ok := q.record.Get(); !ok {
				q.record.Free()
				if q.file != nil {
					q.file.Close()
				}
				m.ports[i] = openPort{}
				n = i
			}
		}
	}
	if n == len(m.ports) {
		m.ports = append(m.ports, openPort{})
	}
	m.ports[n].port = p
	w := m.record(m.Heap.Root(RootPortType), Fix(int64(n)))
	m.ports[n].record = m.Heap.NewWeak(w)
	return w
}

// port returns what is behind a port; def is the root word with the port that stands for an absent one.
func (m *Machine) port(who string, w gc.Word, def int) *port {
	if w == Absent {
		w = m.Heap.Root(def)
	}
	if !m.isRecord(w, RootPortType) {
		m.wrong(who, "a port", w)
	}
	p := m.ports[Int(m.Heap.Load(w, 1))].port
	if p.in == nil && p.out == nil {
		m.fail("error", who+": the port is closed", w)
	}
	return p
}

func (m *Machine) output(who string, w gc.Word) *bufio.Writer {
	p := m.port(who, w, RootOutput)
	if p.out == nil {
		m.wrong(who, "an output port", w)
	}
	if _, err := p.out.Write(nil); err != nil { // of an earlier write
		p.failed = true
		m.fail("file", who+": "+err.Error())
	}
	return p.out
}

func (m *Machine) input(who string, w gc.Word) *bufio.Reader {
	p := m.port(who, w, RootInput)
	if p.in == nil {
		m.wrong(who, "an input port", w)
	}
	if p.file == nil {
		m.Flush()
	}
	return p.in
}

// writer makes a primitive that writes a value in some style.
func writer(name string, s style) Func {
	return func(m *Machine, a []gc.Word) gc.Word {
		out := m.output(name, a[1])
		if s == display && m.is(a[0], LayString) {
			for _, c := range m.text(a[0]) {
				out.WriteRune(c)
			}
			return Unspecified
		}
		out.WriteString(m.format(a[0], s))
		return Unspecified
	}
}

func newline(m *Machine, a []gc.Word) gc.Word {
	m.output("newline", a[0]).WriteByte('\n')
	return Unspecified
}

func writeChar(m *Machine, a []gc.Word) gc.Word {
	c := m.wantChar("write-char", a[0])
	m.output("write-char", a[1]).WriteRune(c)
	return Unspecified
}

func writeString(m *Machine, a []gc.Word) gc.Word {
	m.wantString("write-string", a[0])
	i, j := m.bounds("write-string", a[2], a[3], m.Heap.Len(a[0]))
	out := m.output("write-string", a[1])
	for _, c := range m.text(a[0])[i:j] {
		out.WriteRune(c)
	}
	return Unspecified
}

func writeU8(m *Machine, a []gc.Word) gc.Word {
	b := m.byte("write-u8", a[0])
	m.output("write-u8", a[1]).WriteByte(b)
	return Unspecified
}

func flushPort(m *Machine, a []gc.Word) gc.Word {
	if err := m.output("flush-output-port", a[0]).Flush(); err != nil {
		m.fail("file", "flush-output-port: "+err.Error())
	}
	return Unspecified
}

// char is a primitive that reads a character, and leaves it there if peek is set.
func readChar(name string, peek bool) Func {
	return func(m *Machine, a []gc.Word) gc.Word {
		in := m.input(name, a[0])
		c, _, err := in.ReadRune()
		if err != nil {
			return EOF
		}
		if peek {
			in.UnreadRune()
		}
		return Char(c)
	}
}

func readByte(name string, peek bool) Func {
	return func(m *Machine, a []gc.Word) gc.Word {
		in := m.input(name, a[0])
		b, err := in.ReadByte()
		if err != nil {
			return EOF
		}
		if peek {
			in.UnreadByte()
		}
		return Fix(int64(b))
	}
}

func readLine(m *Machine, a []gc.Word) gc.Word {
	line, err := m.input("read-line", a[0]).ReadString('\n')
	if err != nil && line == "" {
		return EOF
	}
	return m.str(strings.TrimSuffix(line, "\n"))
}

func readString(m *Machine, a []gc.Word) gc.Word {
	n := m.size("read-string", a[0])
	in := m.input("read-string", a[1])
	var rs []rune
	for len(rs) < n {
		c, _, err := in.ReadRune()
		if err != nil {
			break
		}
		rs = append(rs, c)
	}
	if len(rs) == 0 && n > 0 {
		return EOF
	}
	return m.runes(rs)
}

// read reads a datum. The text of the port is taken as far as the datum goes.
func read(m *Machine, a []gc.Word) gc.Word {
	in := m.input("read", a[0])
	var text strings.Builder
	for {
		line, err := in.ReadString('\n')
		text.WriteString(line)
		locs := new(syntax.Locs)
		r := syntax.NewReader(locs, locs.File("input"), text.String())
		d, rerr := r.Read()
		var e *syntax.Error
		if errors.As(rerr, &e) && e.Incomplete && err == nil || rerr == nil && d == (syntax.EOF{}) && err == nil {
			continue
		}
		if rerr != nil {
			m.fail("read", "read: "+rerr.Error())
		}
		m.unread(in, a[0], r.Rest())
		return m.datum(d)
	}
}

// unread puts text back that has been read from a port.
func (m *Machine) unread(in *bufio.Reader, w gc.Word, rest string) {
	if rest != "" {
		p := m.port("read", w, RootInput)
		p.in = bufio.NewReader(io.MultiReader(strings.NewReader(rest), in))
	}
}

func charReady(m *Machine, a []gc.Word) gc.Word {
	in := m.input("char-ready?", a[0])
	return Bool(in.Buffered() > 0 || m.port("char-ready?", a[0], RootInput).file == nil && a[0] != Absent)
}

// readBytes reads bytes into part of a bytevector, and returns their number.
func readBytes(m *Machine, a []gc.Word) gc.Word {
	m.wantBytes("read-bytevector!", a[0])
	i, j := m.bounds("read-bytevector!", a[2], a[3], m.Heap.Len(a[0]))
	in := m.input("read-bytevector!", a[1])
	n, err := io.ReadFull(in, m.Heap.Bytes(a[0])[i:j])
	if n == 0 && err != nil && i < j {
		return EOF
	}
	return Fix(int64(n))
}

func openInputBytes(m *Machine, a []gc.Word) gc.Word {
	m.wantBytes("open-input-bytevector", a[0])
	b := bytes.Clone(m.Heap.Bytes(a[0]))
	return m.newPort(&port{in: bufio.NewReader(bytes.NewReader(b)), bytes: true})
}

func openOutputBytes(m *Machine, a []gc.Word) gc.Word {
	p := &port{str: new(strings.Builder), bytes: true}
	p.out = bufio.NewWriter(p.str)
	return m.newPort(p)
}

func getOutputBytes(m *Machine, a []gc.Word) gc.Word {
	return m.bytes([]byte(m.collected("get-output-bytevector", "an output port of a bytevector", a[0], true)))
}

func openInputString(m *Machine, a []gc.Word) gc.Word {
	m.wantString("open-input-string", a[0])
	return m.newPort(&port{in: bufio.NewReader(strings.NewReader(m.goString(a[0])))})
}

func openOutputString(m *Machine, a []gc.Word) gc.Word {
	p := &port{str: new(strings.Builder)}
	p.out = bufio.NewWriter(p.str)
	return m.newPort(p)
}

func getOutputString(m *Machine, a []gc.Word) gc.Word {
	return m.str(m.collected("get-output-string", "an output string port", a[0], false))
}

// collected returns what an output port of a string or bytevector has collected.
func (m *Machine) collected(who, want string, w gc.Word, binary bool) string {
	p := m.port(who, w, RootOutput)
	if p.str == nil || p.bytes != binary {
		m.wrong(who, want, w)
	}
	p.out.Flush()
	return p.str.String()
}

func (m *Machine) fileName(who string, w gc.Word) string {
	m.wantString(who, w)
	return m.goString(w)
}

func openInputFile(name string, binary bool) Func {
	return func(m *Machine, a []gc.Word) gc.Word {
		f, err := os.Open(m.fileName(name, a[0]))
		if err != nil {
			m.fail("file", err.Error())
		}
		return m.newPort(&port{in: bufio.NewReader(f), file: f, bytes: binary})
	}
}

func openOutputFile(name string, binary bool) Func {
	return func(m *Machine, a []gc.Word) gc.Word {
		f, err := os.Create(m.fileName(name, a[0]))
		if err != nil {
			m.fail("file", err.Error())
		}
		return m.newPort(&port{out: bufio.NewWriter(f), file: f, bytes: binary})
	}
}

func fileExists(m *Machine, a []gc.Word) gc.Word {
	_, err := os.Stat(m.fileName("file-exists?", a[0]))
	return Bool(err == nil)
}

func deleteFile(m *Machine, a []gc.Word) gc.Word {
	if err := os.Remove(m.fileName("delete-file", a[0])); err != nil {
		m.fail("file", err.Error())
	}
	return Unspecified
}

func closePort(m *Machine, a []gc.Word) gc.Word {
	if !m.isRecord(a[0], RootPortType) {
		m.wrong("close-port", "a port", a[0])
	}
	p := m.ports[Int(m.Heap.Load(a[0], 1))].port
	var err error
	if p.out != nil {
		err = p.out.Flush()
	}
	if p.file != nil {
		err = errors.Join(err, p.file.Close())
	}
	if p.str == nil { // what a string port has collected can still be had
		p.in, p.out, p.file = nil, nil, nil
	}
	if err != nil {
		m.fail("file", "close-port: "+err.Error())
	}
	return Unspecified
}

// currentPort returns the current output, error or input port, by number.
func currentPort(m *Machine, a []gc.Word) gc.Word { return m.Heap.Root(RootOutput + int(Int(a[0]))) }

func setCurrentPort(m *Machine, a []gc.Word) gc.Word {
	m.port("current port", a[1], RootOutput)
	m.Heap.SetRoot(RootOutput+int(Int(a[0])), a[1])
	return Unspecified
}

// isPort tells about a value: 0 is it a port, 1 for output, 2 for input, 3 open for output, 4 open for input, 5 for text, 6 for
// bytes.
func isPort(m *Machine, a []gc.Word) gc.Word {
	if !m.isRecord(a[0], RootPortType) {
		return False
	}
	p := m.ports[Int(m.Heap.Load(a[0], 1))].port
	switch Int(a[1]) {
	case 1, 3:
		return Bool(p.out != nil)
	case 2, 4:
		return Bool(p.in != nil)
	case 5:
		return Bool(!p.bytes)
	case 6:
		return Bool(p.bytes)
	}
	return True
}
