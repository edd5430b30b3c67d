module davit

go 1.26.0

require golang.org/x/sys v0.49.0

require golang.org/x/tools v0.49.0 // indirect

require (
	github.com/inconshreveable/mousetrap v1.1.0 // indirect
	github.com/mitchellh/colorstring v0.0.0-20190213212951-d06e56a500db // indirect
	github.com/rivo/uniseg v0.4.7 // indirect
	github.com/rogpeppe/go-internal v1.16.0
	github.com/schollz/progressbar/v3 v3.19.1
	github.com/spf13/cobra v1.10.2
	github.com/spf13/pflag v1.0.9 // indirect
	golang.org/x/arch v0.32.0
	golang.org/x/term v0.47.0
	golang.org/x/text v0.42.0
)
