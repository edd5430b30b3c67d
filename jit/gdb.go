package jit

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"runtime"

	"davit/jit/internal/native"
)

// GDB makes the functions of a module known to the debugger gdb, by its interface for code made at run time: backtraces have
// their names and, on amd64, go through their frames, and breakpoints can be set by name, with hbreak: the pages of code cannot
// be written, not even by a debugger. The program must not have been linked with -s. Each function costs some hundred bytes and
// a call at which gdb stops.
func GDB() Option { return func(o *options) { o.gdb = true } }

// tellGDB registers functions that are about to be committed.
func tellGDB(fs []*function) {
	for _, f := range fs {
		f.debug = native.RegisterDebugFile(debugImage(f.placed))
	}
}

var elfMachines = map[string]elf.Machine{
	"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64, "riscv64": elf.EM_RISCV, "s390x": elf.EM_S390,
}

// Sections of a debug image, by number.
const (
	secText = iota + 1
	secFrame
	secSymtab
	secStrtab
	secNames
	numSections
)

var sectionNames = [numSections]string{"", ".text", ".debug_frame", ".symtab", ".strtab", ".shstrtab"}

// debugImage makes an object file with the symbol of a function, whose code is where it is, and its frame information.
func debugImage(f *placed) []byte {
	order := binary.ByteOrder(binary.LittleEndian)
	data := elf.ELFDATA2LSB
	if bigEndianMachine {
		order, data = binary.BigEndian, elf.ELFDATA2MSB
	}
	const ehSize, shSize, symSize = 64, 64, 24
	var body bytes.Buffer
	var sections [numSections]elf.Section64
	names := []byte{0}
	put := func(i int, s elf.Section64, contents []byte) {
		for body.Len()%8 != 0 {
			body.WriteByte(0)
		}
		s.Name = uint32(len(names))
		names = append(append(names, sectionNames[i]...), 0)
		if contents != nil {
			s.Off, s.Size = uint64(ehSize+body.Len()), uint64(len(contents))
			body.Write(contents)
		}
		sections[i] = s
	}
	put(secText, elf.Section64{Type: uint32(elf.SHT_NOBITS), Flags: uint64(elf.SHF_ALLOC | elf.SHF_EXECINSTR),
		Addr: uint64(f.addr), Size: uint64(f.size), Addralign: 16}, nil)
	put(secFrame, elf.Section64{Type: uint32(elf.SHT_PROGBITS), Addralign: 8}, frameTable(f))
	var syms bytes.Buffer
	syms.Write(make([]byte, symSize))
	binary.Write(&syms, order, elf.Sym64{Name: 1, Info: elf.ST_INFO(elf.STB_GLOBAL, elf.STT_FUNC), Shndx: secText,
		Size: uint64(f.size)}) // at the start of the section
	put(secSymtab, elf.Section64{Type: uint32(elf.SHT_SYMTAB), Link: secStrtab, Info: 1, Addralign: 8, Entsize: symSize}, syms.Bytes())
	put(secStrtab, elf.Section64{Type: uint32(elf.SHT_STRTAB), Addralign: 1}, append(append([]byte{0}, f.name...), 0))
	names = append(append(names, sectionNames[secNames]...), 0)
	own := uint32(len(names) - len(sectionNames[secNames]) - 1)
	sections[secNames] = elf.Section64{Name: own, Type: uint32(elf.SHT_STRTAB), Off: uint64(ehSize + body.Len()), Size: uint64(len(names)), Addralign: 1}
	body.Write(names)
	for body.Len()%8 != 0 {
		body.WriteByte(0)
	}

	var out bytes.Buffer
	h := elf.Header64{Type: uint16(elf.ET_REL), Machine: uint16(elfMachines[runtime.GOARCH]), Version: 1,
		Shoff: uint64(ehSize + body.Len()), Ehsize: ehSize, Shentsize: shSize, Shnum: numSections, Shstrndx: secNames}
	copy(h.Ident[:], elf.ELFMAG)
	h.Ident[elf.EI_CLASS], h.Ident[elf.EI_DATA], h.Ident[elf.EI_VERSION] = byte(elf.ELFCLASS64), byte(data), 1
	binary.Write(&out, order, h)
	out.Write(body.Bytes())
	for _, s := range sections {
		binary.Write(&out, order, s)
	}
	return out.Bytes()
}

// frameTable makes the frame information of a function on amd64 from its unwind rows; elsewhere it is empty.
func frameTable(f *placed) []byte {
	if runtime.GOARCH != "amd64" || len(f.code.Unwind) == 0 {
		return []byte{}
	}
	const (
		raReg, spReg, fpReg = 16, 7, 6 // numbers of DWARF

		defCFA, defCFAOffset, offsetReg, restoreReg, advance4 = 0x0c, 0x0e, 0x80, 0xc0, 0x04
	)
	entry := func(b []byte) []byte { // pads an entry and puts its length before
		for len(b)%8 != 4 {
			b = append(b, 0)
		}
		return append(binary.LittleEndian.AppendUint32(nil, uint32(len(b))), b...)
	}
	cie := binary.LittleEndian.AppendUint32(nil, 0xffffffff)
	cie = append(cie, 1, 0, 1, 0x78, raReg) // version, augmentation, code and data factors 1 and -8
	cie = append(cie, defCFA, spReg, 8, offsetReg|raReg, 1)
	table := entry(cie)
	fde := binary.LittleEndian.AppendUint32(nil, 0)
	fde = binary.LittleEndian.AppendUint64(fde, uint64(f.addr))
	fde = binary.LittleEndian.AppendUint64(fde, uint64(f.size))
	at, saved := uint32(0), false
	for _, row := range f.code.Unwind {
		if row.Offset > at {
			fde = append(fde, advance4)
			fde = binary.LittleEndian.AppendUint32(fde, row.Offset-at)
			at = row.Offset
		}
		fde = append(fde, defCFAOffset)
		fde = binary.AppendUvarint(fde, uint64(row.CFA))
		if row.FP && !saved {
			fde = append(fde, offsetReg|fpReg, 2)
		} else if !row.FP && saved {
			fde = append(fde, restoreReg|fpReg)
		}
		saved = row.FP
	}
	return append(table, entry(fde)...)
}
