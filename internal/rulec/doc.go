// Package rulec compiles instruction-selection and rewrite rules to Go.
//
// A rule says: where the instruction graph looks like this, do that. Rules live in files named *.rules next to the Go
// code they work with; rulec compiles all rule files of a directory to ordinary Go files, which are checked in. The
// host language is Go, and Go is the only place where things are declared: what a rule calls is a method of one type,
// the receiver, and its Go signature says what goes in and out. The opcodes come from the opcode table of the
// intermediate representation.
//
//	(rule iadd_imm32 10
//	  (iadd.fits64 x (simm32 k))
//	  (ADDi ty x k))
//
//	(rule iadd_base
//	  (iadd.fits64 x y)
//	  (ADD ty x y))
//
// With these methods on the receiver
//
//	func (l *lowerer) fits64(t op.Type) bool                            // predicate: guard of a type
//	func (l *lowerer) simm32(v ir.Value) (int32, bool)                  // extractor: last result is bool
//	func (l *lowerer) ADDi(t op.Type, x asm.Reg, k int32) asm.Reg       // constructor
//	func (l *lowerer) ADD(t op.Type, x asm.Reg, y regMem) asm.Reg       // constructor
//	func (l *lowerer) reg(v ir.Value) asm.Reg                           // (convert reg): see Conversions
//	func (l *lowerer) rm(v ir.Value) regMem                             // (convert rm)
//
// it becomes, besides tables,
//
//	func (l *lowerer) lowerIadd(inst ir.Inst) bool {
//		d := l.f.Data(inst)
//		ty := d.Type
//		x := d.X[0]
//		y := d.X[1]
//		if l.fits64(ty) {
//			if k, ok := l.simm32(y); ok {
//				// lower.rules:1
//				if l.trace == nil || l.trace.Fire(ruleIaddImm32) {
//					l.setResults(inst, l.ADDi(ty, l.reg(x), k))
//					return true
//				}
//			}
//			...
//
// # Use
//
// Put one line into a Go file of the package that holds the rules,
//
//	//go:generate go run davit/internal/rulec/cmd/rulec
//
// (rulec takes the directory as an operand, the current one if there is none, and with -check changes nothing) and one
// test, which fails when rules and Go files are out of step:
//
//	func TestRulesCurrent(t *testing.T) {
//		if err := rulec.Check("."); err != nil {
//			t.Fatal(err)
//		}
//	}
//
// rulec reads every *.rules file of the directory as one unit. For lower.rules and lower_vector.rules it writes
// zlower.go and zlower_vector.go, with the methods of the opcodes whose first rule stands in that file, and, for the
// prefix "lower", zlower_table.go with the dispatch table and the table of rules. Rules of one opcode may be spread
// over several files. The generated files are ignored when rulec reads the package, and code inside functions is not
// looked at: it does no harm when they are stale, missing, or when the package does not compile because of it.
//
// # Lexical structure
//
// A file is a sequence of s-expressions. A semicolon starts a comment that ends with the line. Atoms are symbols,
// integers (decimal or 0x…, with optional sign and underscores) and strings in double quotes. Symbols that name
// opcodes and types are spelled as in CLIF (iadd, uextend, i32x4); all other symbols are Go identifiers exactly as in
// the Go source, qualified with a package where Go would qualify them (x64.ADD, op.Eq). Package names are those
// that the Go files of the directory import; others are imported with (import "path").
//
// # Rules
//
//	(rule NAME [PRIORITY] PATTERN {GUARD} {EXPR})
//
// NAME is unique in the unit. PRIORITY is an integer, zero when absent, higher first. PATTERN, the root, is an opcode
// term. GUARDs are (if …) and (if-let …) forms. The EXPRs are evaluated in order when everything on the left has
// matched; the results of the last one are the results of the instruction. The left side is pure: it calls only
// predicates, extractors and methods known to be pure, may be tried and given up at any point, in any order, more than
// once or not at all. Effects happen on the right only, and then the rule has been chosen for good.
//
// Two names are bound in every rule: inst is the root instruction (of the type of instruction handles, ir.Inst), and ty
// is its controlling type, where the opcode has one.
//
// # Patterns
//
// A pattern stands at a position, which has a Go type: ir.Value for a value operand, op.IntCC for the condition of
// icmp, and so on (see Operands).
//
//	x                  binds x to what is there. A second occurrence of x in the rule, on the left, means equality.
//	_                  matches everything.
//	42, -1, 0x10       equals this integer; the position must be of an integer type (values and instructions are not:
//	                   write (iconst 42), or an extractor).
//	op.Eq, MaxImm   equals this Go constant: a qualified name, or an unqualified one that starts with a capital.
//	true, false        equals this boolean.
//	x@PATTERN          PATTERN, and binds x to what is there.
//	(and P Q …)        all of the patterns at once.
//	(OPCODE P …)       see below.
//	(EXTRACTOR P …)    see below.
//
// An opcode term (imul a b) at a value position matches when the value is the first result of an imul instruction,
// and its sub-patterns match the operands of that instruction. The receiver's method def says which instruction that
// is, and may decline. Whether it is right to merge or sink the instruction is not decided by the term: extractors
// decide that. At a position of type ir.Inst, such as an output of an extractor, the term tests that instruction:
//
//	(iadd x (sinkable i@(load flags p off)))       ; func (l *lowerer) sinkable(v ir.Value) (ir.Inst, bool)
//
// An opcode may carry type guards, each after a dot: iadd.fits64, iadd.i32, icmp.isInt.fits32. A guard is the name of
// a CLIF type, or of a predicate of the receiver, a method with one parameter of type op.Type and a bool result. It is
// about the controlling type of that instruction.
//
// An extractor is a method of the receiver with one parameter, of the type of the position, and results T1 … Tn, bool.
// It is called on what is there; when the bool is false the rule does not match, else the n sub-patterns match the
// other results. n may be zero: (isZero) in (iadd x (isZero)) with func (l *lowerer) isZero(v ir.Value) bool. A
// method known to be pure with one parameter and one result that is no bool, an extractor that always succeeds, may be
// used in the same way.
// Where a name is an opcode and a method, patterns mean the opcode.
//
// Commutative opcodes (a column of the opcode table) match with both orders of their two operands, the written one
// first: (iadd (simm32 k) x) would do above as well. This holds for nested terms, too.
//
// # Guards
//
//	(if EXPR)                  EXPR must be of type bool and true, or a call that can fail and must not
//	(if-let P … EXPR)          the results of EXPR match the patterns P; also fails when EXPR fails
//
// Guards are tested after the pattern, in the order written, and see and bind variables as patterns do.
//
//	(if (hasAVX))
//	(if-let (simm32 k) y)                     ; try an extractor on something bound before
//	(if-let base off (splitAddr p))           ; func (l *lowerer) splitAddr(p ir.Value) (ir.Value, int32, bool)
//	(if (<= k 63))
//
// # Expressions
//
//	x                        a variable of the left side or of a let; else a Go constant or variable of the package
//	x64.ADD, 42, "s", true   Go names, literals
//	(METHOD E …)             call of a method of the receiver
//	(pkg.Func E …)           call of a function of another package, (Func E …) one of this package
//	(.Name E0 E …)           call of method Name of the value E0; without further operands also the field Name of E0
//	(TYPE E)                 conversion to a Go type: (int32 k), (op.Type t)
//	(OP E E)                 Go's operators + - * & | ^ &^ << >> == != < <= > >= && ||, of two operands of one type
//	(! E), (- E), (^ E)      Go's unary operators
//	(let ((a E) (b c E) …) EXPR …)   binds the results of each E in turn, _ drops one; then as the right side of a rule
//	(values E …)             several results; (values) is no result, the right side of a rule with nothing to do
//
// let and values stand at the top of the right side or as the last expression of a let. Operands are evaluated from
// left to right, before the call that they are for. A call that is an operand must have one result. A call whose last
// result of several is a bool is one that can fail: it may be used in guards, also nested, and never on the right.
// As for Go, a name in local scope hides a name of the package.
//
// Purity. Guards may call: methods and functions whose last or only result is a bool, methods with a value receiver
// of other types (.Name …), conversions and operators, and whatever is marked as pure. The mark is a directive comment
// in the doc comment of the Go declaration,
//
//	// typeOf returns the type of v.
//	//
//	//rulec:pure
//	func (l *lowerer) typeOf(v ir.Value) op.Type
//
// or, for declarations elsewhere, (pure NAME …) in a rule file. The compiler takes purity on trust. A pure method may
// read state, but must return the same answer as long as one instruction is being matched.
//
// # Results
//
// The last expression of the right side delivers the results of the root instruction, generated as
//
//	l.setResults(inst, r0, r1, …)
//
// which is a method of the receiver, often variadic: func (l *lowerer) setResults(inst ir.Inst, r ...asm.Reg). There
// may be more results than the instruction has, as when one value lives in two registers. For an opcode without
// results the last expression must not have any. Where the number of results is not fixed (calls), there may be none,
// and setResults is then not called.
//
// # Conversions
//
// (convert reg rm amode) names methods of the receiver with one parameter and one result. Where a rule passes an
// expression of the parameter's type to something that wants the result's type, the call is put in: (ADD ty x y)
// above means l.ADD(ty, l.reg(x), l.rm(y)). There is at most one conversion from one type to another, and they are
// not chained. In guards only those known to be pure are used. An integer literal converts to every numeric
// type that can represent it.
//
// # Priorities, overlap and shadowing
//
// The rules of one root opcode have no order but that of their priorities. Two rules of the same priority that may
// both match one instruction are an error, reported with both positions, unless rulec can prove that they cannot:
// because at the same position they want
//
//   - different opcodes,
//   - different integers or constants, also (if (!= cc op.Eq)) against op.Eq,
//   - types of sets that have nothing in common. rulec knows the set of a type guard, and of a condition on any type such
//     as (if (fits64 (typeOf x))), if it is a CLIF type, a method of op.Type, or a predicate whose body is a single return
//     of such methods, constants, comparisons, && || ! and other such predicates: fits64 above, but none that looks at l,
//   - both of two predicates or extractors declared to be disjoint: (disjoint isZero isMinusOne),
//   - a condition and its negation: (if (hasAVX)) in one, (if (! (hasAVX))) in the other.
//
// "At the same position" includes equal outputs of equal extractors and calls. All else is opaque: simm32 overlaps with
// a nested term, and two conditions on the target overlap. Remember the second order of a commutative opcode: of
// (iadd (isZero) y) and (iadd (isMinusOne) y) both match 0 + -1. Give one of two overlapping rules, normally the more
// specific or cheaper one, the higher priority.
//
// A rule is shadowed, which is an error, if it can never be chosen because everything that a rule of higher priority
// tests follows from what it tests itself. So is a rule that contradicts itself.
//
// # Repetition
//
//	(each (op MI)
//	  ((iadd ADD) (isub SUB) (band AND))
//	  (rule {op}_mem 20 ({op}.fits64 x (sinkableLoad a)) ({MI}m ty x a))
//	  (rule {op}_reg    ({op}.fits64 x y) ({MI} ty x y)))
//
// repeats the forms with {op} and {MI}, also inside of symbols, replaced by each row in turn. A replacement may be any
// s-expression where {op} is a whole symbol. Errors in the repeated forms have the position of the form and name the row.
//
// # Directives
//
// All have defaults; each may stand in any file of the unit, once, or several times where it is a list.
//
//	(receiver l lowerer)     name and type of the receiver of the generated methods
//	(prefix lower)           generated: methods lowerIadd …, lowerTable, lowerRules, constants ruleNAME
//	(func f)                 path from the receiver to the *ir.Func: l.f. Promoted fields and (func ctx.f) are fine
//	(def def)                method func(ir.Value) (ir.Inst, bool): the instruction of which a value is the first result
//	(control ctrl)           method func(*ir.InstData) op.Type: what ty is, and what the guards of the root are about; without
//	                         this directive the instruction's own controlling type
//	(results setResults)     method that takes the results, see above
//	(trace trace)            field of type *rule.Trace (davit/internal/rulec/rule)
//	(match first)            first: the first rule that matches is the only one. all: every rule that matches is run, in
//	                         some order, and overlap and shadowing are no errors (rewriting into an e-graph)
//	(convert M …)            see Conversions
//	(disjoint M M …)         see Priorities
//	(pure NAME …)            see Expressions
//	(import "path")          makes a package known under its name
//
// # What is generated
//
// For each root opcode one method, func (l *lowerer) lowerIadd(inst ir.Inst) bool, which reports whether a rule
// matched; it is cut into several methods when it would grow over about 300 lines. Then
//
//	var lowerTable = [op.NumOpcodes]func(*lowerer, ir.Inst) bool{…}       // nil where there is no rule
//	var lowerRules = [...]rule.Info{…}                                    // name, opcode and position, by rule number
//
// Rules are numbered in the order of file names and positions. Just before a rule would be run, the generated code
// asks l.trace, if it is not nil: it counts, and it may say no, as if the rule had not matched. That serves coverage,
// switching one rule off, and bisection. See package rule.
//
// # Operands
//
// The sub-patterns of an opcode term are the operands of its format, in the order of CLIF text (value operands are of
// type ir.Value). Operands that the text lets one omit (memory flags, offsets) have a position all the same:
// (load flags p off), (store flags x p off), (stack_addr slot off), (icmp cc x y), (iconst imm), (brif c then else),
// (br_table x table), (call fn args), (atomic_rmw flags rmw p x). The immediate of iconst is an int64, sign-extended
// from its type. The command "rulec -formats" prints the whole table with the Go type of each position, and "rulec
// -opcodes" the opcodes with their formats; testdata/formats.want in the source has both.
package rulec
