package x64

import (
	"davit/asm"
	"davit/asm/x64"
	"davit/ir"
	"davit/vcode"
)

// Places returns where parameters and results of a signature are passed.
func (m *Machine) Places(sig *ir.Signature) (*vcode.Places, error) {
	abi, err := computeABI(sig, &m.flags)
	if err != nil {
		return nil, err
	}
	p := &vcode.Places{
		Params: make([][]vcode.Part, len(sig.Params)), Results: make([][]vcode.Part, len(sig.Returns)),
		StackBytes: abi.stackArgs, CalleePops: abi.conv.calleePops, AreaBytes: abi.retArea,
	}
	if abi.areaReg != asm.NoReg {
		p.AreaReg = x64.HW(abi.areaReg)
	}
	for _, side := range []struct {
		parts []part
		out   [][]vcode.Part
	}{{abi.args, p.Params}, {abi.rets, p.Results}} {
		for i := range side.parts {
			q := &side.parts[i]
			if q.isRef || q.ptr {
				return nil, &vcode.Unsupported{ISA: isaName, What: "a call from outside with an argument in memory", Type: q.typ}
			}
			v := vcode.Part{Bytes: exactSize(q.typ), Offset: uint32(q.off)}
			if q.reg != asm.NoReg {
				v = vcode.Part{InReg: true, Class: x64.ClassOf(q.reg), Reg: x64.HW(q.reg), Bytes: exactSize(q.typ)}
			}
			side.out[q.param] = append(side.out[q.param], v)
		}
	}
	return p, nil
}
