//! Time on the processor, which other load on the machine does not lengthen.

use std::time::Instant;

/// A moment in wall time and in processor time of the process.
pub struct Moment {
    wall: Instant,
    cpu: u128,
}

impl Moment {
    pub fn now() -> Moment {
        Moment { wall: Instant::now(), cpu: cpu() }
    }

    /// Nanoseconds on processors since then.
    pub fn cpu_ns(&self) -> u128 {
        cpu() - self.cpu
    }

    /// Nanoseconds since then.
    pub fn wall_ns(&self) -> u128 {
        self.wall.elapsed().as_nanos()
    }
}

fn cpu() -> u128 {
    let mut t = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut t) };
    t.tv_sec as u128 * 1_000_000_000 + t.tv_nsec as u128
}
