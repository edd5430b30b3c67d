package filetest

// RuleTests returns, for each selection rule by its number, the path of the first file that uses it; empty if none does.
// Only files that have passed count. The files must have been run with Options.Coverage.
func (r *Report) RuleTests() []string {
	var tests []string
	for _, f := range r.Files {
		if len(tests) < len(f.Rules) {
			tests = append(tests, make([]string, len(f.Rules)-len(tests))...)
		}
		if f.status != Passed {
			continue
		}
		for id, n := range f.Rules {
			if n > 0 && tests[id] == "" {
				tests[id] = f.Path
			}
		}
	}
	return tests
}
