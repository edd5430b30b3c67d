// Package settings holds the options of code generation: the shared settings that every machine has (opt_level,
// enable_verifier, ...), the features and presets of each instruction set, target triples, and the features of the
// machine that runs.
//
// A [Flags] value is flat and comparable, has the settings of one target, and is changed only through its Set methods,
// which take the spelling of CLIF's "set" and "target" lines: NAME switches a boolean on or applies a preset,
// NAME=VALUE sets a value. Each setting, feature and preset is one row of a table; parsing, printing and help read the
// same row.
package settings
