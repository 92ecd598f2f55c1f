import Capture
import CofferTestKit
import Sealing

extension TemporaryVault {
    /// What the agent and the imports seal with.
    var sealer: SegmentSealer { get throws { try SegmentSealer(vault: directory) } }
}

extension AppName {
    /// A name that the tests know to be valid.
    init(test name: String) { self.init(windowClass: name) }
}
