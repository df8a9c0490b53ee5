import Glibc
import LinuxSystem
import Testing

@testable import ContainerRuntime

@Suite struct MonitorConnectionTests {
    /// A monitor that ends while a client's input is still on its way resets the connection, and what it said before must be heard all the same.
    @Test func theEndIsHeardWhereTheMonitorLeftSomethingUnread() throws {
        var ends: [Int32] = [-1, -1]
        try systemCall("cannot make a socket pair") { unsafe socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) }
        let connection = MonitorConnection(socket: OwnedFD(adopting: ends[0]), planMemory: .none)
        _ = try connection.sendInput([1, 2, 3][...])
        let ended: [UInt8] = [UInt8(ascii: "x"), 1, 0, 0, 7, 0, 0, 0]
        let theirs = ends[1]
        try systemCall("cannot send") { unsafe send(theirs, ended, ended.count, 0) }
        close(theirs)
        let heard = [try connection.receive(), try connection.receive()]
        #expect(heard == [.ended(code: 7, outOfMemory: true), .closed])
    }
}
