import Files
import Testing

@Suite("Room on a disk")
struct DiskSpaceTests {
    private static let gibibyte: UInt64 = 1 << 30

    @Test(
        "A disk is nearly full when less than 5 % of it and less than 4 GiB are free",
        arguments: [
            (50, 1000, false), (49, 1000, true), (0, 0, false), (4 * gibibyte, 1000 * gibibyte, false),
            (4 * gibibyte - 1, 1000 * gibibyte, true), (.max, .max, false), (0, .max, true),
        ] as [(UInt64, UInt64, Bool)])
    func scarce(free: UInt64, size: UInt64, isScarce: Bool) {
        #expect(DiskSpace(free: free, size: size).isScarce == isScarce)
    }

    @Test("The system says how much room a folder has, and nothing about one that is not there")
    func measured() throws {
        let space = try #require(DiskSpace(at: "/"))
        #expect(space.size > 0 && space.free <= space.size)
        #expect(DiskSpace(at: "/nowhere/at/all") == nil)
    }
}
