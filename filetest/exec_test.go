package filetest

import (
	"io"
	"strings"
	"testing"
	"time"

	"davit/ir/text"
	"davit/settings"
)

// TestTimeLimit checks that a test cannot hang.
func TestTimeLimit(t *testing.T) {
	if !canRun {
		t.Skip("compiled code cannot run here")
	}
	fn := parseOne(t, "function %f() system_v {\nblock0:\n    jump block1\nblock1:\n    jump block1\n}\n")
	flags := settings.Native()
	s, err := newSession(&codegen{}, &flags, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	s.limit = 20 * time.Millisecond
	if err := s.addAll([]*text.Function{fn}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.callFunc(fn, nil); err == nil || !strings.Contains(err.Error(), "no result after 20ms") {
		t.Errorf("error %v", err)
	}
}
