import CofferTestKit
import Sealing
import Testing

@testable import Keyholder
@testable import Vault

/// Which segments may be offered: refusals first.
@Suite("Plan of pages")
struct PagePlanTests {
    private let device = SigningKey().publicKey
    private let code: AppName
    private let mail: AppName
    private let day = Day(of: TemporaryVault.noon)
    private let scope: Scope
    private var certified = Certificates()

    init() throws {
        code = try AppName("code")
        mail = try AppName("mail")
        scope = try Scope(kinds: [.keys, .screen], apps: [code], from: day - 1, until: day + 1)
        certified.certify(device, since: 0, isKeyholder: false)
    }

    private func segment(
        _ kind: Kind = .keys, app: AppName? = nil, from: Milliseconds = TemporaryVault.noon, arrived: Milliseconds = 0,
        device: VerifyingKey? = nil, number: Int = 0
    ) -> IndexedSegment {
        IndexedSegment(
            id: Hash256(of: Random.bytes(32)), kind: kind, app: app ?? code, device: device ?? self.device, from: from,
            until: from + 1000, count: 1, bodyHash: Hash256(of: Random.bytes(32)), arrived: arrived)
    }

    private func plan(window: Milliseconds = 0, withheld: Set<Hash256> = [], halted: [PagePlan.Halted] = []) -> PagePlan
    {
        PagePlan(scope: scope, window: window, certified: certified, withheld: withheld, halted: halted)
    }

    private let later = TemporaryVault.noon + 10 * millisecondsPerDay

    @Test("Only segments inside the scope are offered")
    func onlyInsideTheScope() {
        #expect(plan().allows(segment(), now: later))
        #expect(!plan().allows(segment(.prompt), now: later))
        #expect(!plan().allows(segment(app: mail), now: later))
        #expect(!plan().allows(segment(from: TemporaryVault.noon + 2 * millisecondsPerDay), now: later))
        #expect(!plan().allows(segment(from: TemporaryVault.noon - 2 * millisecondsPerDay), now: later))
    }

    @Test("Nothing is offered before the day has ended and the window has passed")
    func notBeforeTheDayHasEndedAndTheWindowPassed() {
        let window: Milliseconds = 3_600_000
        let due = (day + 1).start + window
        #expect(!plan(window: window).allows(segment(), now: due - 1))
        #expect(plan(window: window).allows(segment(), now: due))
        #expect(!plan().allows(segment(), now: (day + 1).start - 1))
    }

    @Test("The window counts from a late arrival")
    func theWindowCountsFromALateArrival() {
        let arrived = (day + 3).start
        #expect(!plan(window: 1000).allows(segment(arrived: arrived), now: arrived + 999))
        #expect(plan(window: 1000).allows(segment(arrived: arrived), now: arrived + 1000))
        #expect(!plan(window: .max).allows(segment(arrived: arrived), now: later))
    }

    @Test("Segments of strangers and withheld ones are never offered")
    func neverAStrangersNorWithheldOnes() {
        #expect(!plan().allows(segment(device: SigningKey().publicKey), now: later))
        let one = segment()
        #expect(!plan(withheld: [one.id]).allows(one, now: later))
    }

    @Test("Segments that touch a halt are never offered")
    func neverWhatTouchesAHalt() {
        let one = segment()
        #expect(!plan(halted: [.init(from: one.until, until: one.until + 5)]).allows(one, now: later))
        #expect(!plan(halted: [.init(from: 0, until: one.from)]).allows(one, now: later))
        #expect(!plan(halted: [.init(from: one.from + 1, until: nil)]).allows(one, now: later))
        #expect(plan(halted: [.init(from: one.until + 1, until: nil)]).allows(one, now: later))
        #expect(plan(halted: [.init(from: 0, until: one.from - 1)]).allows(one, now: later))
    }

    @Test("A page is one day of one app of one kind")
    func aPageIsOneDayOfOneAppOfOneKind() {
        let segments = [
            segment(), segment(from: TemporaryVault.noon + 5000), segment(.screen),
            segment(from: TemporaryVault.noon + millisecondsPerDay),
        ]
        let pages = plan().pages(of: segments.shuffled(), offered: [], now: later)
        #expect(pages.count == 3)
        #expect(pages.map(\.segments.count).sorted() == [1, 1, 2])
        #expect(plan().pages(of: segments, offered: Set(segments.map(\.id)), now: later).isEmpty)
    }

    @Test("A page holds at most 4,096 items")
    func aPageHoldsAtMost4096() {
        let segments = (0..<4100).map { segment(from: TemporaryVault.noon + Milliseconds(clamping: $0)) }
        let pages = plan().pages(of: segments, offered: [], now: later)
        #expect(pages.map(\.segments.count) == [4096, 4])
    }
}
