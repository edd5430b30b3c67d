package rt

import (
	"errors"
	"math"
	"os"
	"slices"
	"strings"
	"time"
	"unicode"

	"davit/examples/scheme/internal/prim"
	"davit/gc"
	"davit/jit"
)

// Func is a primitive in Go: it gets its arguments, Absent for those not given, or one list if there may be any number. It
// may collect. Its errors are thrown by fail.
type Func func(m *Machine, a []gc.Word) gc.Word

// Host is a primitive in Go as compiled code calls it.
type Host struct {
	Name string
	Args int
	fn   Func
}

// Hosts lists the primitives in Go.
func Hosts() []Host {
	var list []Host
	for i := range prim.All {
		p := &prim.All[i]
		if !p.Host {
			continue
		}
		f, ok := functions[p.Name]
		if !ok {
			panic("rt: no function for primitive " + p.Name)
		}
		n := p.Max
		if n < 0 {
			n = 1
		}
		list = append(list, Host{p.Name, n, f})
	}
	for name, f := range internal {
		list = append(list, Host{name, f.args, f.fn})
	}
	return list
}

// Define adds the primitives to a module, under their names with a prefix. Each takes and returns words, as functions of
// the System V convention. A primitive that raises a condition returns Raise.
func (m *Machine) Define(mod *jit.Module, prefix string) error {
	for _, h := range Hosts() {
		kinds := make([]jit.Kind, h.Args)
		for i := range kinds {
			kinds[i] = jit.I64
		}
		sig := jit.SystemV(kinds, []jit.Kind{jit.I64})
		if err := mod.HostRaw(prefix+h.Name, sig, func(c *jit.Call) { m.run(c, h.fn) }); err != nil {
			return err
		}
	}
	return nil
}

// run runs a primitive.
func (m *Machine) run(c *jit.Call, f Func) {
	outer := m.call
	m.call = c
	defer func() {
		m.call = outer
		switch r := recover().(type) {
		case nil:
		case raised:
			c.Results()[0] = uint64(Raise)
		case noMemory:
			var oom *gc.OutOfMemory
			if errors.As(r.err, &oom) {
				oom.Backtrace = here(c)
			}
			c.Fail(r.err)
		default:
			panic(r)
		}
	}()
	var args [8]gc.Word
	words := c.Args()
	for i, w := range words {
		args[i] = gc.Word(w)
	}
	c.Results()[0] = uint64(f(m, args[:len(words)]))
}

// functions are the primitives by name.
var functions = map[string]Func{
	"%throw": throw, "%check-alive": checkAlive, "%uncaught": uncaught, "%exit": exit,
	"%list->values": listToValues, "%values->list": valuesToList,
	"%condition": condition,

	"/": divide, "floor": rounding("floor", math.Floor), "ceiling": rounding("ceiling", math.Ceil),
	"truncate": rounding("truncate", math.Trunc), "round": rounding("round", math.RoundToEven),
	"floor-quotient": arith(floorQuoOp), "sqrt": sqrt, "%exact-integer-sqrt": integerSqrt, "expt": expt,
	"exp": elementary("exp", math.Exp), "sin": elementary("sin", math.Sin), "cos": elementary("cos", math.Cos),
	"tan": elementary("tan", math.Tan), "asin": elementary("asin", math.Asin), "acos": elementary("acos", math.Acos),
	"log": logarithm, "atan": arctangent, "%gcd": gcd,
	"exact":          func(m *Machine, a []gc.Word) gc.Word { return m.exact("exact", a[0]) },
	"inexact":        inexact,
	"integer?":       isInteger,
	"exact?":         func(m *Machine, a []gc.Word) gc.Word { n := m.num("exact?", a[0]); return Bool(!n.float) },
	"inexact?":       func(m *Machine, a []gc.Word) gc.Word { n := m.num("inexact?", a[0]); return Bool(n.float) },
	"nan?":           testFloat("nan?", math.IsNaN),
	"infinite?":      testFloat("infinite?", func(f float64) bool { return math.IsInf(f, 0) }),
	"finite?":        testFloat("finite?", func(f float64) bool { return !math.IsInf(f, 0) && !math.IsNaN(f) }),
	"number->string": numberToString, "string->number": stringToNumber,
	"bitwise-and": bitwise("bitwise-and", bigAnd), "bitwise-ior": bitwise("bitwise-ior", bigOr),
	"bitwise-xor": bitwise("bitwise-xor", bigXor), "bitwise-not": bitwiseNot, "arithmetic-shift": shift,

	"symbol->string": symbolToString, "string->symbol": stringToSymbol, "make-string": makeString,
	"string-append": stringAppend, "%string-copy": stringCopy, "%string-fill!": stringFill, "%string-copy!": stringCopyTo,
	"%string-compare": stringCompare, "%string-compare-ci": stringCompareCI,
	"string-upcase": mapString("string-upcase", upper), "string-downcase": mapString("string-downcase", lower),
	"string-foldcase": mapString("string-foldcase", fold), "%list->string": listToString, "string->utf8": stringToUTF8,
	"utf8->string": utf8ToString, "%string-search": stringSearch,
	"char-upcase": mapChar("char-upcase", unicode.ToUpper), "char-downcase": mapChar("char-downcase", unicode.ToLower),
	"char-foldcase":    mapChar("char-foldcase", func(c rune) rune { return unicode.ToLower(unicode.ToUpper(c)) }),
	"char-alphabetic?": testChar("char-alphabetic?", unicode.IsLetter), "char-numeric?": testChar("char-numeric?", unicode.IsDigit),
	"char-whitespace?": testChar("char-whitespace?", unicode.IsSpace), "char-upper-case?": testChar("char-upper-case?", unicode.IsUpper),
	"char-lower-case?": testChar("char-lower-case?", unicode.IsLower), "digit-value": digitValue,
	"make-bytevector": makeBytevector, "%bytevector-copy": bytevectorCopy, "%bytevector-copy!": bytevectorCopyTo,
	"%vector-copy!": vectorCopyTo, "%vector-fill!": vectorFill,

	"%make-record-type": makeRecordType,
	"%record-type-name": func(m *Machine, a []gc.Word) gc.Word { return m.Heap.Load(a[0], 1) },

	"write": writer("write", write), "display": writer("display", display), "write-shared": writer("write-shared", writeShared),
	"write-simple": writer("write-simple", writeSimple), "newline": newline, "write-char": writeChar,
	"write-string": writeString, "write-u8": writeU8, "flush-output-port": flushPort,
	"read-char": readChar("read-char", false), "peek-char": readChar("peek-char", true), "read-line": readLine,
	"read-string": readString, "read": read, "char-ready?": charReady, "read-u8": readByte("read-u8", false),
	"peek-u8": readByte("peek-u8", true), "open-input-string": openInputString, "open-output-string": openOutputString,
	"get-output-string": getOutputString, "open-input-file": openInputFile("open-input-file", false), "open-output-file": openOutputFile("open-output-file", false),
	"open-binary-input-file":  openInputFile("open-binary-input-file", true),
	"open-binary-output-file": openOutputFile("open-binary-output-file", true),
	"open-input-bytevector":   openInputBytes, "open-output-bytevector": openOutputBytes, "get-output-bytevector": getOutputBytes,
	"%read-bytevector!": readBytes, "u8-ready?": charReady,
	"file-exists?": fileExists, "delete-file": deleteFile, "close-port": closePort, "%current-port": currentPort,
	"%set-current-port!": setCurrentPort, "%port?": isPort,
	"eof-object": func(*Machine, []gc.Word) gc.Word { return EOF },

	"get-environment-variable": getEnvironment, "get-environment-variables": environment,
	"current-jiffy": func(m *Machine, _ []gc.Word) gc.Word { return Fix(int64(time.Since(m.start))) },
	"current-second": func(m *Machine, _ []gc.Word) gc.Word {
		return m.flonum(float64(time.Now().UnixNano()) / 1e9)
	},
	"command-line": commandLine, "%collect": collect, "%heap-statistics": heapStatistics,
}

func exit(m *Machine, a []gc.Word) gc.Word {
	status := 0
	switch {
	case a[0] == False:
		status = 1
	case IsFix(a[0]):
		status = int(Int(a[0]) & 0xff)
	}
	m.call.Fail(&Exit{status})
	return Unspecified
}

func listToValues(m *Machine, a []gc.Word) gc.Word {
	n := 0
	for l := a[0]; IsPair(l); l = m.cdr(l) {
		n++
	}
	s := m.Heap.Scope()
	defer s.End()
	list := s.Local(a[0])
	v := m.alloc(LayValues, n, TagObject)
	i := 0
	for l := list.Get(); IsPair(l); l = m.cdr(l) {
		m.Heap.Store(v, i, m.car(l))
		i++
	}
	return v
}

func valuesToList(m *Machine, a []gc.Word) gc.Word {
	s := m.Heap.Scope()
	defer s.End()
	v, list := s.Local(a[0]), s.Local(Nil)
	for i := m.Heap.Len(a[0]) - 1; i >= 0; i-- {
		list.Set(m.cons(m.Heap.Load(v.Get(), i), list.Get()))
	}
	return list.Get()
}

func logarithm(m *Machine, a []gc.Word) gc.Word {
	x := m.num("log", a[0])
	if a[1] == Absent {
		return elementary("log", math.Log)(m, a)
	}
	b := m.num("log", a[1])
	return m.flonum(math.Log(x.asFloat()) / math.Log(b.asFloat()))
}

func arctangent(m *Machine, a []gc.Word) gc.Word {
	y := m.num("atan", a[0])
	if a[1] == Absent {
		if a[0] == Fix(0) {
			return a[0]
		}
		return m.flonum(math.Atan(y.asFloat()))
	}
	x := m.num("atan", a[1])
	if a[0] == Fix(0) && !x.float && x.asBig().Sign() > 0 {
		return Fix(0)
	}
	return m.flonum(math.Atan2(y.asFloat(), x.asFloat()))
}

func inexact(m *Machine, a []gc.Word) gc.Word {
	n := m.num("inexact", a[0])
	if n.float {
		return a[0]
	}
	return m.flonum(n.asFloat())
}

func isInteger(m *Machine, a []gc.Word) gc.Word {
	switch {
	case IsFix(a[0]), m.is(a[0], LayBignum):
		return True
	case m.is(a[0], LayFlonum):
		f := m.float(a[0])
		return Bool(f == math.Trunc(f) && !math.IsInf(f, 0))
	}
	return False
}

func testFloat(name string, f func(float64) bool) Func {
	return func(m *Machine, a []gc.Word) gc.Word {
		n := m.num(name, a[0])
		if !n.float {
			return Bool(f(0))
		}
		return Bool(f(n.f))
	}
}

func makeRecordType(m *Machine, a []gc.Word) gc.Word {
	return m.record(m.Heap.Root(RootRecordType), a[0], a[1])
}

func commandLine(m *Machine, a []gc.Word) gc.Word {
	s := m.Heap.Scope()
	defer s.End()
	l := s.Local(Nil)
	for i := len(m.Args) - 1; i >= 0; i-- {
		str := m.str(m.Args[i])
		l.Set(m.cons(str, l.Get()))
	}
	return l.Get()
}

func collect(m *Machine, a []gc.Word) gc.Word {
	if err := m.Heap.Collect(true); err != nil {
		panic(noMemory{err})
	}
	return Unspecified
}

func getEnvironment(m *Machine, a []gc.Word) gc.Word {
	m.wantString("get-environment-variable", a[0])
	value, ok := os.LookupEnv(m.goString(a[0]))
	if !ok {
		return False
	}
	return m.str(value)
}

// environment returns a list of pairs of strings.
func environment(m *Machine, a []gc.Word) gc.Word {
	s := m.Heap.Scope()
	defer s.End()
	l, name := s.Local(Nil), s.Local(Nil)
	for _, e := range slices.Backward(os.Environ()) {
		n, value, _ := strings.Cut(e, "=")
		name.Set(m.str(n))
		v := m.str(value)
		l.Set(m.cons(m.cons(name.Get(), v), l.Get()))
	}
	return l.Get()
}

// heapStatistics returns a list of numbers: collections, full collections, bytes allocated, microseconds spent.
func heapStatistics(m *Machine, a []gc.Word) gc.Word {
	st := m.Heap.Stats()
	return m.list(Fix(int64(st.Collections)), Fix(int64(st.Full)), Fix(int64(st.Allocated)), Fix(st.Time.Microseconds()))
}
