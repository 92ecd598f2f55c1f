package import Sealing

extension CapturePolicy {
    /// The apps of the list that are not recorded, and why.
    package func leftOut(
        named: Set<AppName>, managed: ManagedPolicy?
    ) -> [(app: AppName, reason: NeverCaptured.Reason)] {
        apps.sorted().compactMap { app in
            if managed?.never.contains(app) == true { return (app, .managed) }
            guard !named.contains(app), let reason = NeverCaptured.reason(app) else { return nil }
            return (app, reason)
        }
    }

    /// What is in force of the list. `named` are the apps that purposes in force name.
    package func narrowed(named: Set<AppName>, managed: ManagedPolicy?) -> CapturePolicy {
        var policy = self
        policy.apps.subtract(leftOut(named: named, managed: managed).map { $0.app })
        if let managed { policy.kinds.formIntersection(managed.kinds) }
        return policy
    }
}
