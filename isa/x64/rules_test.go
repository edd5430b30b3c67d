package x64_test

import (
	"testing"

	"davit/internal/rulec"
)

// TestRulesCurrent fails if the generated files do not match the rules.
func TestRulesCurrent(t *testing.T) {
	if err := rulec.Check("."); err != nil {
		t.Fatal(err)
	}
}
