package x64

// endsCall reports whether what ends at offset off of code may be a call: E8 and a displacement, or FF with the opcode
// digit 2 and a register or memory operand.
func endsCall(code []byte, off uint32) bool {
	const relCall, group5, callDigit = 0xe8, 0xff, 2
	if off > uint32(len(code)) {
		return false
	}
	at := code[:off]
	if n := len(at); n >= 5 && at[n-5] == relCall {
		return true
	}
	for n := 2; n <= 7 && n <= len(at); n++ {
		if b := at[len(at)-n:]; b[0] == group5 && b[1]>>3&7 == callDigit && operandLen(b[1:]) == n-1 {
			return true
		}
	}
	return false
}

// operandLen returns the length of a ModRM byte with what belongs to it, or 0 if b is too short to tell.
func operandLen(b []byte) int {
	n := 1
	mod, rm := b[0]>>6, b[0]&7
	if mod == 3 {
		return n
	}
	if rm == 4 {
		if len(b) < 2 {
			return 0
		}
		n++
		if mod == 0 && b[1]&7 == 5 {
			return n + 4
		}
	}
	switch {
	case mod == 1:
		n++
	case mod == 2, rm == 5:
		n += 4
	}
	return n
}
