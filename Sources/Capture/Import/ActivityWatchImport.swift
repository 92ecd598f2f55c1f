import Records
import Sealing

/// ActivityWatch's export: {"buckets":{name:{"type","events":[{"timestamp","duration","data":{"app","title"}}]}}}.
///
/// The events of a bucket of windows or of browser tabs become titles, in the order of their times. Other buckets, such
/// as that of absence, are passed over and counted.
enum ActivityWatchImport {
    static func read(_ file: ImportFile, _ options: ImportOptions, into sink: any ImportSink) throws(CofferError) {
        sink.read(
            try file.values { place, value throws(CofferError) in
                guard let buckets = value["buckets"]?.members else {
                    throw file.wrong(place, "is not ActivityWatch's export: it lacks \"buckets\"")
                }
                for bucket in buckets { try read(bucket, place, file, options, sink) }
            })
    }

    private static func read(
        _ bucket: ForeignJSON.Member, _ place: ImportPlace, _ file: ImportFile, _ options: ImportOptions,
        _ sink: any ImportSink
    ) throws(CofferError) {
        let type = bucket.value["type"]?.string ?? ""
        guard let events = bucket.value["events"]?.array else {
            throw file.wrong(place, "has the bucket \(ImportFile.quoted(bucket.name)) without \"events\"")
        }
        guard ["currentwindow", "web.tab.current"].contains(type) else {
            for _ in events { sink.passOver("event of a bucket of the type \(ImportFile.quoted(type))") }
            return
        }
        var windows: [(time: Milliseconds, order: Int, app: AppName, title: String)] = []
        for (number, event) in events.enumerated() {
            guard let text = event["timestamp"]?.string,
                let time = options.zone.milliseconds(text, needsZone: false), let data = event["data"],
                let title = data["title"]?.string
            else {
                throw file.wrong(
                    place.step(number),
                    "of the bucket \(ImportFile.quoted(bucket.name)) lacks a \"timestamp\" or a title")
            }
            let name = type == "currentwindow" ? data["app"]?.string ?? "" : "browser"
            let shown = data["url"]?.string.map { "\(title) \($0)" } ?? title
            windows.append((time, -number, options.app ?? AppName(distinguishing: name), shown))
        }
        // The newest event stands first; of two at one time, too.
        windows.sort { ($0.time, $0.order) < ($1.time, $1.order) }
        try sink.begin(isRelative: false)
        for window in windows {
            try sink.add(ImportItem(window.time, window.app, .window(WindowContent(title: window.title)), place))
        }
        try sink.end()
    }
}
