// Package prim is the table of primitives: what the compiler and the run-time system provide, and the library is built on.
package prim

// Type is what is known of a value without running the program.
type Type uint8

// Types.
const (
	Any Type = iota
	Bool
	Fixnum
	Char
	Pair
	Nil
	Procedure
	Object // has a header: number, string, symbol, vector …
	None   // never returns
)

// Prim is a primitive.
type Prim struct {
	Name string
	// Min and Max bound the number of arguments; Max is -1 if there is no bound.
	Min, Max int
	Result   Type
	// Pure says that a call can be left out if nobody wants the result: it has no effect, and no error is lost.
	Pure bool
	// Host says that it is a function in Go; the others are built into the compiler.
	Host bool
}

// Lookup returns the primitive of a name, or nil.
func Lookup(name string) *Prim { return byName[name] }

// All are the primitives.
var All = concat(inline, host)

var byName = func() map[string]*Prim {
	m := map[string]*Prim{}
	for i := range All {
		m[All[i].Name] = &All[i]
	}
	return m
}()

func concat(lists ...[]Prim) []Prim {
	var all []Prim
	for i, l := range lists {
		for _, p := range l {
			p.Host = i > 0
			all = append(all, p)
		}
	}
	return all
}

// fixed makes a row for a primitive with n arguments.
func fixed(name string, n int, result Type) Prim {
	return Prim{Name: name, Min: n, Max: n, Result: result}
}

// pure is fixed for one without effects.
func pure(name string, n int, result Type) Prim {
	return Prim{Name: name, Min: n, Max: n, Result: result, Pure: true}
}

// ranged makes a row for a primitive with min to max arguments.
func ranged(name string, min, max int, result Type) Prim {
	return Prim{Name: name, Min: min, Max: max, Result: result}
}

// inline are the primitives that the compiler builds in.
var inline = []Prim{
	pure("eq?", 2, Bool), pure("eqv?", 2, Bool), pure("not", 1, Bool),
	pure("null?", 1, Bool), pure("pair?", 1, Bool), pure("boolean?", 1, Bool), pure("symbol?", 1, Bool),
	pure("string?", 1, Bool), pure("vector?", 1, Bool), pure("char?", 1, Bool), pure("procedure?", 1, Bool),
	pure("bytevector?", 1, Bool), pure("eof-object?", 1, Bool), pure("number?", 1, Bool),
	pure("%fixnum?", 1, Bool), pure("%flonum?", 1, Bool), pure("%bignum?", 1, Bool), pure("%values?", 1, Bool),
	pure("%undefined", 0, Any),

	pure("cons", 2, Pair), fixed("car", 1, Any), fixed("cdr", 1, Any), fixed("set-car!", 2, Any), fixed("set-cdr!", 2, Any),

	fixed("%add", 2, Any), fixed("%sub", 2, Any), fixed("%mul", 2, Any),
	fixed("quotient", 2, Any), fixed("remainder", 2, Any), fixed("modulo", 2, Any),
	fixed("%=", 2, Bool), fixed("%<", 2, Bool), fixed("%>", 2, Bool), fixed("%<=", 2, Bool), fixed("%>=", 2, Bool),

	fixed("vector-ref", 2, Any), fixed("vector-set!", 3, Any), fixed("vector-length", 1, Fixnum),
	fixed("%make-vector", 2, Object), {Name: "vector", Max: -1, Result: Object, Pure: true},
	fixed("string-ref", 2, Char), fixed("string-set!", 3, Any), fixed("string-length", 1, Fixnum),
	fixed("bytevector-u8-ref", 2, Fixnum), fixed("bytevector-u8-set!", 3, Any), fixed("bytevector-length", 1, Fixnum),
	fixed("char->integer", 1, Fixnum), fixed("integer->char", 1, Char),
	fixed("%char=?", 2, Bool), fixed("%char<?", 2, Bool),

	{Name: "%record", Min: 1, Max: -1, Result: Object, Pure: true}, // type descriptor, fields
	pure("%record?", 2, Bool),                                      // object, type descriptor
	fixed("%record-ref", 4, Any),                                   // record, type descriptor, index of the field, name of the accessor
	fixed("%record-set!", 5, Any),                                  // record, type descriptor, index of the field, value, name of the modifier
	pure("%any-record?", 1, Bool),                                  // object
	pure("%record-type-of", 1, Object),                             // of any record

	{Name: "%values", Max: -1, Result: Any, Pure: true},
	fixed("%call/ec", 1, Any), // procedure of a serial number
	fixed("%call", 3, Any),    // procedure, number of arguments, list of arguments
}

// host are the primitives in Go.
var host = []Prim{
	ranged("%throw", 2, 2, None),    // serial number, value
	ranged("%uncaught", 2, 2, None), // object, continuable?
	fixed("%check-alive", 1, Any),   // serial number
	fixed("%exit", 1, None),
	fixed("%list->values", 1, Any), fixed("%values->list", 1, Any),

	fixed("/", 2, Any), pure("integer?", 1, Bool), pure("exact?", 1, Bool), pure("inexact?", 1, Bool),
	fixed("floor", 1, Any), fixed("ceiling", 1, Any), fixed("truncate", 1, Any), fixed("round", 1, Any),
	fixed("exact", 1, Any), fixed("inexact", 1, Any), fixed("floor-quotient", 2, Any),
	fixed("sqrt", 1, Any), fixed("%exact-integer-sqrt", 1, Any), fixed("expt", 2, Any), fixed("exp", 1, Any),
	ranged("log", 1, 2, Any), fixed("sin", 1, Any), fixed("cos", 1, Any), fixed("tan", 1, Any), fixed("asin", 1, Any),
	fixed("acos", 1, Any), ranged("atan", 1, 2, Any), pure("nan?", 1, Bool), pure("infinite?", 1, Bool), pure("finite?", 1, Bool),
	fixed("%gcd", 2, Any), ranged("number->string", 1, 2, Object), ranged("string->number", 1, 2, Any),
	fixed("bitwise-and", 2, Any), fixed("bitwise-ior", 2, Any), fixed("bitwise-xor", 2, Any), fixed("bitwise-not", 1, Any),
	fixed("arithmetic-shift", 2, Any),

	fixed("symbol->string", 1, Object), fixed("string->symbol", 1, Object),
	ranged("make-string", 1, 2, Object), {Name: "string-append", Max: -1, Result: Object},
	ranged("%string-copy", 3, 3, Object), fixed("%string-fill!", 4, Any), fixed("%string-copy!", 5, Any),
	fixed("%string-compare", 2, Fixnum), fixed("%string-compare-ci", 2, Fixnum),
	fixed("string-upcase", 1, Object), fixed("string-downcase", 1, Object), fixed("string-foldcase", 1, Object),
	fixed("%list->string", 1, Object), ranged("string->utf8", 1, 3, Object), ranged("utf8->string", 1, 3, Object),
	fixed("%string-search", 3, Any),

	fixed("char-upcase", 1, Char), fixed("char-downcase", 1, Char), fixed("char-foldcase", 1, Char),
	fixed("char-alphabetic?", 1, Bool), fixed("char-numeric?", 1, Bool), fixed("char-whitespace?", 1, Bool),
	fixed("char-upper-case?", 1, Bool), fixed("char-lower-case?", 1, Bool), fixed("digit-value", 1, Any),

	ranged("make-bytevector", 1, 2, Object), fixed("%bytevector-copy", 3, Object), fixed("%bytevector-copy!", 5, Any),
	fixed("%vector-copy!", 5, Any), fixed("%vector-fill!", 4, Any),

	fixed("%make-record-type", 2, Object), fixed("%record-type-name", 1, Any),
	fixed("%condition", 4, Object), // kind, message, irritants, where

	ranged("write", 1, 2, Any), ranged("display", 1, 2, Any), ranged("write-shared", 1, 2, Any),
	ranged("write-simple", 1, 2, Any), ranged("newline", 0, 1, Any), ranged("write-char", 1, 2, Any),
	ranged("write-string", 1, 4, Any), ranged("write-u8", 1, 2, Any), ranged("flush-output-port", 0, 1, Any),
	ranged("read-char", 0, 1, Any), ranged("peek-char", 0, 1, Any), ranged("read-line", 0, 1, Any),
	ranged("read-string", 1, 2, Any), ranged("read", 0, 1, Any), ranged("char-ready?", 0, 1, Bool),
	ranged("read-u8", 0, 1, Any), ranged("peek-u8", 0, 1, Any),
	fixed("open-input-string", 1, Object), fixed("open-output-string", 0, Object), fixed("get-output-string", 1, Object),
	fixed("open-input-file", 1, Object), fixed("open-output-file", 1, Object),
	fixed("open-binary-input-file", 1, Object), fixed("open-binary-output-file", 1, Object),
	fixed("open-input-bytevector", 1, Object), fixed("open-output-bytevector", 0, Object), fixed("get-output-bytevector", 1, Object),
	fixed("%read-bytevector!", 4, Any), ranged("u8-ready?", 0, 1, Bool), fixed("file-exists?", 1, Bool),
	fixed("delete-file", 1, Any), fixed("close-port", 1, Any),
	fixed("%current-port", 1, Object), fixed("%set-current-port!", 2, Any), fixed("%port?", 2, Bool), fixed("eof-object", 0, Any),

	fixed("get-environment-variable", 1, Any), fixed("get-environment-variables", 0, Any),
	fixed("current-jiffy", 0, Fixnum), fixed("current-second", 0, Any), fixed("command-line", 0, Any),
	fixed("%collect", 0, Any), fixed("%heap-statistics", 0, Any),
}
