package native

// syncCode makes code that was written at an address visible to all threads that will run it.
func syncCode(exec, write, n uintptr) {}

// SyncThreads makes all threads of the process drop instructions that they have fetched ahead.
func SyncThreads() {}
