package main

import (
	"github.com/spf13/cobra"

	"davit/compile"
	"davit/settings"
)

// completeFiles completes the names of files of CLIF.
func completeFiles(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"clif"}, cobra.ShellCompDirectiveFilterFileExt
}

// completeTarget completes targets.
var completeTarget = cobra.FixedCompletions([]string{"native", "x86_64", "aarch64", "riscv64", "s390x"}, cobra.ShellCompDirectiveNoFileComp)

// settingNames returns the settings for a target.
func settingNames(triple string) ([]string, cobra.ShellCompDirective) {
	names := settings.SharedNames()
	if t, err := settings.ParseTriple(triple); err == nil {
		names = append(append(names, settings.FeatureNames(t.Arch)...), settings.PresetNames(t.Arch)...)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// ruleNames returns the selection rules for a target.
func ruleNames(triple string) ([]string, cobra.ShellCompDirective) {
	var names []string
	if t, err := settings.ParseTriple(triple); err == nil {
		for _, r := range compile.Rules(t.Arch) {
			names = append(names, r.Name)
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completeFlags gives the flags that mean the same for all commands their completions.
func completeFlags(cmd *cobra.Command) {
	forTarget := func(names func(triple string) ([]string, cobra.ShellCompDirective)) cobra.CompletionFunc {
		return func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
			if f := cmd.Flag("target"); f != nil && f.Value.String() != "" {
				return names(f.Value.String())
			}
			return names("native")
		}
	}
	for name, complete := range map[string]cobra.CompletionFunc{
		"target": completeTarget, "set": forTarget(settingNames), "disable": forTarget(ruleNames),
		"pass": func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return passNames(), cobra.ShellCompDirectiveNoFileComp
		},
	} {
		if cmd.Flag(name) != nil {
			_ = cmd.RegisterFlagCompletionFunc(name, complete)
		}
	}
}
