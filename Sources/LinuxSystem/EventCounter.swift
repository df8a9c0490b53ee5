import CShim
import Glibc

/// A counter of the kernel that can be polled (eventfd(2)).
public func makeEventCounter() throws(ApusError) -> OwnedFD {
    OwnedFD(adopting: try systemCall("cannot make an event counter") { apus_event_counter() })
}

/// Takes what a counter counted since the last time; 0 for nothing.
public func takeCount(of counter: borrowing OwnedFD) throws(ApusError) -> UInt64 {
    let descriptor = counter.raw
    var value: UInt64 = 0
    do {
        try systemCall("cannot read an event counter") { unsafe read(descriptor, &value, 8) }
    } catch  where error.errno == EAGAIN {
        return 0
    }
    return value
}
