package native

import "sync"

const (
	membarrierPrivateSyncCore  = 1 << 5
	membarrierRegisterSyncCore = 1 << 6
)

// registerSyncCore reports whether the kernel can make threads drop instructions that they have fetched ahead.
var registerSyncCore = sync.OnceValue(func() bool {
	return !Forced(NoMembarrier) && membarrier(membarrierRegisterSyncCore)
})

// syncCode makes code that was written at an address visible to all threads that will run it: cleans the data cache by the
// addresses where it was written, and invalidates the instruction cache by those where it runs.
func syncCode(exec, write, n uintptr) {
	ctr := cacheType()
	data, inst := uintptr(4)<<(ctr>>16&15), uintptr(4)<<(ctr&15)
	cleanData(write&^(data-1), write+n, data)
	invalidateCode(exec&^(inst-1), exec+n, inst)
}

// SyncThreads makes all threads of the process drop instructions that they have fetched ahead.
func SyncThreads() {
	if registerSyncCore() {
		membarrier(membarrierPrivateSyncCore)
	}
}

// cacheType returns register CTR_EL0.
func cacheType() uint64

// cleanData cleans the data cache from an address up to another, in steps, to the point of unification.
func cleanData(from, to, step uintptr)

// invalidateCode invalidates the instruction cache from an address up to another, in steps.
func invalidateCode(from, to, step uintptr)
