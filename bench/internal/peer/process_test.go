package peer

import "testing"

func TestParseReply(t *testing.T) {
	r, err := parseReply("x", "ok a=1 b=2.5 c=word\n")
	if err != nil || r.Int("a") != 1 || r.Float("b") != 2.5 || r["c"] != "word" || r.Int("d") != 0 {
		t.Errorf("%v, %v", r, err)
	}
	for _, line := range []string{"error no such file\n", "", "hello\n", "ok word\n"} {
		if r, err := parseReply("x", line); err == nil {
			t.Errorf("%q is understood as %v", line, r)
		}
	}
}
