package native

import "syscall"

const sysFlushIcache = 259

// syncCode makes code that was written at an address visible to all threads that will run it.
func syncCode(exec, write, n uintptr) {
	syscall.RawSyscall(sysFlushIcache, exec, exec+n, 0)
}

// SyncThreads makes all threads of the process drop instructions that they have fetched ahead. SyncCode has done so.
func SyncThreads() {}
