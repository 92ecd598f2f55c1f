import Foundation
import Records
import Sealing

@testable import Capture

/// Others' recordings. They are read from a file, so these are the slowest.
extension FuzzTarget {
    static let imports: [FuzzTarget] = [
        FuzzTarget("foreign-json", seeds: { foreign.map { Array($0.utf8) } }) { _ = try? ForeignJSON(parsing: $0) },
        FuzzTarget("python-call", seeds: { calls.map { Array($0.utf8) } }) { readCall($0) },
        file(.agentnet, agentnet + [#"{"time_stamp":1795521600.5,"action":"press","name":"a"}"#]),
        file(.asciicast, ["{\"version\":2,\"width\":80,\"height\":24,\"timestamp\":1795521600}\n[0.5,\"o\",\"$ ls\"]"]),
        file(
            .transcript,
            [
                #"{"history":[{"role":"user","content":"hello"}]}"#,
                #"[{"conversations":[{"from":"human","value":"hi"}]}]"#,
                #"{"trajectory":[{"response":"ls"}]}"#,
                #"[{"mapping":{"a":{"message":{"author":{"role":"user"},"content":{"content_type":"text","parts":["x"]}}}},"current_node":"a"}]"#,
                #"{"type":"user","message":{"role":"user","content":[{"type":"tool_result","content":"x"}]}}"#,
            ]),
        file(
            .activitywatch,
            [
                #"{"buckets":{"w":{"type":"currentwindow","events":[{"timestamp":"2026-11-24T12:00:00Z","data":{"app":"a","title":"t"}}]}}}"#
            ]),
        file(
            .jsonl,
            [
                #"{"schema":"coffer.record.v1","t":"2026-11-24T12:00:00.120Z","kind":"keys","app":"code","type":"press","key":"a","source":"device"}"#
            ]),
    ]

    private static let foreign = [#"{"a":[null,true,-1.5e3,"\u00e9\ud83d\ude00\n"]}"#, "[[[[]]]]", " 0.1 "]
    private static let calls = [
        "pyautogui.click(x=0.5, y=0.25)", "pyautogui.hotkey(['ctrl', 'c'])", "f('a\\'b', -1e3)",
    ]
    private static let agentnet = [
        #"{"task_id":"t","traj":[{"index":0,"image":"a.png","value":{"code":"pyautogui.write(message='hi')"}}]}"#
    ]

    private static func readCall(_ bytes: Bytes) {
        if let text = String(validating: bytes, as: UTF8.self) { _ = try? PythonCode(text) }
    }

    /// A folder with what recordings name beside them: a picture, and the metadata of a raw one.
    private static let directory: String = {
        let directory = NSTemporaryDirectory() + "coffer-fuzz-\(getpid())"
        let metadata = #"{"screen_width":64,"screen_height":64,"start_time":"2026-11-24 12:00:00"}"#
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            try Data(metadata.utf8).write(to: URL(filePath: directory + "/metadata.json"))
            try Data(try PNGImage.encode(try ScreenFrame(width: 9, height: 5))).write(
                to: URL(filePath: directory + "/a.png"))
        } catch { Fuzz.fail("cannot write to \(directory)") }
        atexit { try? FileManager.default.removeItem(atPath: NSTemporaryDirectory() + "coffer-fuzz-\(getpid())") }
        return directory
    }()

    private static func file(_ format: ImportFormat, _ seeds: [String]) -> FuzzTarget {
        FuzzTarget("import-\(format.rawValue)", runs: 1000, seeds: { seeds.map { Array($0.utf8) } }) { bytes in
            let path = directory + "/recording"
            guard (try? Data(bytes).write(to: URL(filePath: path))) != nil else { Fuzz.fail("cannot write \(path)") }
            try? format.read(path, ImportOptions(app: nil, zone: ForeignTime(zone: .gmt)), into: ImportSpan())
        }
    }
}
