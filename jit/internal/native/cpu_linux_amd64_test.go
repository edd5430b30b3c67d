package native

import "testing"

func TestXsaveSize(t *testing.T) {
	if n := XsaveSize(); n != 0 && n < 576 || n > 4096 {
		t.Errorf("XSAVE area of %d bytes", n)
	}
}
