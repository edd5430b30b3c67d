package settings_test

import (
	"fmt"

	"davit/settings"
)

func ExampleFlags_Set() {
	f := settings.Default(settings.X86_64)
	fmt.Println(f.Set("opt_level=speed"), f.Set("sse42"))
	fmt.Println(f.OptLevel(), f.Features())
	fmt.Println(f.Set("opt_level=best"))
	// Output:
	// <nil> <nil>
	// speed [has_sse3 has_ssse3 has_sse41 has_sse42]
	// bad value "best" of setting opt_level, expected none, speed or speed_and_size
}
