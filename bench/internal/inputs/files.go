package inputs

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"davit/compile"
	"davit/ir/text"
	"davit/ir/verify"
	"davit/settings"
)

// File is a file of CLIF.
type File struct {
	Path string
	Text []byte
}

// Read returns the .clif files below a folder, in lexical order.
func Read(dir string) ([]File, error) {
	var files []File
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".clif" {
			return err
		}
		data, err := os.ReadFile(path)
		files = append(files, File{path, data})
		return err
	})
	return files, err
}

// Target returns plain x86-64 with frame pointers, without verifier, and with the given settings.
func Target(sets ...string) (compile.Target, error) {
	flags := settings.Default(settings.X86_64)
	for _, s := range append([]string{"enable_verifier=false", "preserve_frame_pointers=true", "enable_multi_ret_implicit_sret"}, sets...) {
		if err := flags.Set(s); err != nil {
			return nil, err
		}
	}
	return compile.NewTarget("x86_64", &flags)
}

// VerifyOptions are the options of the verifier for t.
func VerifyOptions(t compile.Target) verify.Options {
	return verify.Options{HasISA: true, PointerType: t.PointerType(), PreserveFramePointers: true}
}

// Compilable returns the files of which every function is valid and compiles for t.
func Compilable(files []File, t compile.Target) []File {
	var good []File
	var ver verify.Context
	var c compile.Context
	for _, f := range files {
		parsed, errs := text.Parse(f.Text, text.Options{})
		if len(errs) > 0 {
			continue
		}
		ok := len(parsed.Funcs) > 0
		for _, fn := range parsed.Funcs {
			if ver.Func(fn.Func, VerifyOptions(t)).Err() != nil {
				ok = false
				break
			}
			if _, err := c.Compile(fn.Func, t); err != nil {
				ok = false
				break
			}
		}
		if ok {
			good = append(good, f)
		}
	}
	return good
}

// WriteList writes the paths of files into a file of the folder dir and returns its path.
func WriteList(files []File, dir string) (string, error) {
	var b strings.Builder
	for _, f := range files {
		b.WriteString(f.Path + "\n")
	}
	out, err := os.CreateTemp(dir, "list")
	if err != nil {
		return "", err
	}
	defer out.Close()
	_, err = out.WriteString(b.String())
	return out.Name(), err
}
