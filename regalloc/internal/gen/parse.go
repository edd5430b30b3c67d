package gen

import (
	"fmt"
	"strconv"
	"strings"

	"davit/asm"
	"davit/regalloc"
)

// Parse reads a function as [regalloc.Func.Text] prints it, behind a line "regs" with the registers that may be allocated,
// those that callees save marked with a star: "regs r1 r2 r3* f1 f2*". Text behind "#" is ignored.
func Parse(text string) (*regalloc.Func, *regalloc.Env, error) {
	p := &parser{env: NewEnv(0, 0), freq: map[int]float32{}}
	for n, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if err := p.line(line); err != nil {
			return nil, nil, fmt.Errorf("line %d: %w", n+1, err)
		}
	}
	if len(p.b.param) == 0 {
		return nil, nil, fmt.Errorf("no block")
	}
	for _, e := range p.edges {
		if int(e.to) >= len(p.b.param) {
			return nil, nil, fmt.Errorf("edge to block%d, which does not exist", e.to)
		}
		p.b.Edge(e.from, e.to, e.args...)
	}
	return p.b.Finish(), p.env, nil
}

type edge struct {
	from, to uint32
	args     []uint32
}

type parser struct {
	b     Builder
	env   *regalloc.Env
	freq  map[int]float32
	edges []edge
}

func (p *parser) line(line string) error {
	word, rest, _ := strings.Cut(line, " ")
	switch {
	case word == "regs":
		return p.regs(rest)
	case strings.HasPrefix(word, "block"):
		return p.block(line)
	}
	if len(p.b.param) == 0 {
		return fmt.Errorf("instruction before the first block")
	}
	return p.inst(word, rest)
}

func (p *parser) regs(list string) error {
	for _, s := range strings.Fields(list) {
		name, saved := strings.CutSuffix(s, "*")
		r, err := parseReg(name)
		if err != nil {
			return err
		}
		p.env.Order[p.env.ClassOf[r]] = append(p.env.Order[p.env.ClassOf[r]], r)
		if saved {
			p.env.CalleeSaved.Add(r)
		}
	}
	return nil
}

func parseReg(s string) (asm.Reg, error) {
	if len(s) >= 2 && (s[0] == 'r' || s[0] == 'f') {
		if n, err := strconv.Atoi(s[1:]); err == nil && n >= 1 && n <= 62 {
			if s[0] == 'f' {
				n += 64
			}
			return asm.Reg(n), nil
		}
	}
	return 0, fmt.Errorf("expected a register, found %q", s)
}

// vreg reads a virtual register, with class and size behind ":" if it has any.
func (p *parser) vreg(s string) (uint32, error) {
	name, kind, typed := strings.Cut(s, ":")
	n, err := strconv.Atoi(strings.TrimPrefix(name, "v"))
	if err != nil || !strings.HasPrefix(name, "v") || n < 0 || n > 1<<20 {
		return 0, fmt.Errorf("expected a virtual register, found %q", s)
	}
	for p.b.F.NumVRegs <= n {
		p.b.VReg(asm.Int, 1)
	}
	if typed {
		switch kind {
		case "f", "f2":
			p.b.F.Class[n] = asm.Float
		case "i2":
		default:
			return 0, fmt.Errorf("expected f, f2 or i2, found %q", kind)
		}
		p.b.F.SlotSize[n] = uint8(1 + strings.Count(kind, "2"))
	}
	return uint32(n), nil
}

// block reads "block1(v2, v3:f): freq 10".
func (p *parser) block(line string) error {
	head, tail, ok := cutLast(line, ":")
	if !ok {
		return fmt.Errorf("expected a colon behind the block")
	}
	n, args, err := p.target(head)
	if err != nil {
		return err
	}
	if int(n) != len(p.b.param) {
		return fmt.Errorf("expected block%d, found block%d", len(p.b.param), n)
	}
	freq := 1.0
	if s, ok := strings.CutPrefix(strings.TrimSpace(tail), "freq "); ok {
		if freq, err = strconv.ParseFloat(s, 32); err != nil {
			return err
		}
	}
	p.b.Block(float32(freq), args...)
	return nil
}

// cutLast splits at the last sep that is not within parentheses.
func cutLast(s, sep string) (string, string, bool) {
	k := strings.LastIndex(s, sep)
	if k < strings.LastIndex(s, ")") || k < 0 {
		return s, "", false
	}
	return s[:k], s[k+1:], true
}

// target reads "block1" or "block1(v2, v3)".
func (p *parser) target(s string) (uint32, []uint32, error) {
	name, list, hasList := strings.Cut(s, "(")
	n, err := strconv.Atoi(strings.TrimPrefix(name, "block"))
	if err != nil || !strings.HasPrefix(name, "block") || n < 0 || n > 1<<20 {
		return 0, nil, fmt.Errorf("expected a block, found %q", name)
	}
	var args []uint32
	if hasList {
		list, ok := strings.CutSuffix(strings.TrimSpace(list), ")")
		if !ok {
			return 0, nil, fmt.Errorf("expected a closing parenthesis, found %q", s)
		}
		for _, a := range strings.Split(list, ",") {
			v, err := p.vreg(strings.TrimSpace(a))
			if err != nil {
				return 0, nil, err
			}
			args = append(args, v)
		}
	}
	return uint32(n), args, nil
}

// items splits a list at commas outside of parentheses.
func items(s string) []string {
	var list []string
	depth, from := 0, 0
	for k, c := range s {
		switch c {
		case '(':
			depth++
		case ')':
			depth--
		case ',':
			if depth == 0 {
				list = append(list, strings.TrimSpace(s[from:k]))
				from = k + 1
			}
		}
	}
	if s = strings.TrimSpace(s[from:]); s != "" {
		list = append(list, s)
	}
	return list
}

// inst reads one instruction.
func (p *parser) inst(word, rest string) error {
	flags, ok := map[string]regalloc.InstFlags{
		"op": 0, "call": 0, "remat": 0, "move": regalloc.IsMove, "jump": jump, "branch": jump, "ret": ret,
	}[word]
	if !ok {
		return fmt.Errorf("no such instruction: %q", word)
	}
	var ops []regalloc.Operand
	var clobbers regalloc.RegSet
	for _, s := range items(rest) {
		word, arg, _ := strings.Cut(s, " ")
		switch {
		case word == "clobber":
			for _, name := range strings.Fields(arg) {
				r, err := parseReg(name)
				if err != nil {
					return err
				}
				clobbers.Add(r)
			}
		case strings.HasPrefix(word, "block"):
			to, args, err := p.target(s)
			if err != nil {
				return err
			}
			p.edges = append(p.edges, edge{uint32(len(p.b.param) - 1), to, args})
		default:
			op, err := p.operand(word, arg)
			if err != nil {
				return err
			}
			ops = append(ops, op)
		}
	}
	i := p.b.Inst(flags, ops...)
	if !clobbers.Empty() {
		p.b.Clobber(clobbers)
	}
	if word == "remat" && len(ops) > 0 {
		p.b.F.Remat[ops[0].VReg] = i + 1
	}
	return nil
}

// operand reads "use v1?", "def.early v2:f@f1" and the like.
func (p *parser) operand(word, arg string) (op regalloc.Operand, err error) {
	switch word {
	case "use":
	case "use.late":
		op.Pos = regalloc.Late
	case "def":
		op.Kind, op.Pos = regalloc.Def, regalloc.Late
	case "def.early":
		op.Kind = regalloc.Def
	default:
		return op, fmt.Errorf("expected an operand, found %q", word)
	}
	k := strings.IndexAny(arg, "@?~")
	name, con := arg, ""
	if k >= 0 {
		name, con = arg[:k], arg[k:]
	}
	if op.VReg, err = p.vreg(name); err != nil || con == "" {
		return op, err
	}
	switch con[0] {
	case '@':
		r, err := parseReg(con[1:])
		if err != nil {
			return op, err
		}
		op.Constraint, op.Arg = regalloc.Fixed, uint8(r)
	case '?':
		op.Constraint = regalloc.RegOrMem
	case '~':
		n, err := strconv.Atoi(con[1:])
		if err != nil {
			return op, err
		}
		op.Constraint, op.Arg = regalloc.Reuse, uint8(n)
	}
	return op, nil
}
