using System.Globalization;
using Lepton.Orleans.Engine.Evaluation;

namespace Lepton.Orleans.Cli.Evaluate;

/// <summary>Reads the files of the published splits; every complaint names the file and the line.</summary>
internal static class DataSetReader
{
    // The last of the year 9999.
    private const double LatestSecond = 253_402_300_799;

    /// <summary>
    /// <c>train.txt</c> and <c>test.txt</c>: a user and its items a line, separated by blanks. Where there is a
    /// <c>valid.txt</c>, the items it names were drawn from anywhere in the history and appended to its end; they are put
    /// back at even distances, so that the end of a history is its end again.
    /// </summary>
    public static EvaluationData TopK(DirectoryInfo folder)
    {
        var validation = new FileInfo(Path.Combine(folder.FullName, "valid.txt"));
        var (trained, tested) = (ReadAdjacency(Need(folder, "train.txt")), ReadAdjacency(Need(folder, "test.txt")));
        var drawn = validation.Exists ? ReadAdjacency(validation) : [];
        var all = trained.Concat(tested).Concat(drawn);
        var (users, items) = (Numbering.Of(all.Select(static line => line.Key)), Numbering.Of(all.SelectMany(static line => line.Value)));
        var (training, test) = (Lists(trained, users, items), Lists(tested, users, items));
        foreach (var (user, moved) in drawn)
        {
            if (users[user] is var number && number < training.Length)
            {
                training[number] = Spread(training[number], items.Of(moved));
            }
        }

        return Protocols.TopK(training, test);
    }

    /// <summary>
    /// <c>*.train.rating</c> (user, item, rating and perhaps a time, tab-separated) and <c>*.test.negative</c>:
    /// <c>(user,item)</c> and its negatives. Without times the order of the lines means nothing.
    /// </summary>
    public static EvaluationData LeaveOneOut(DirectoryInfo folder)
    {
        var ratings = new List<(int User, int Item, int Time)>();
        var timed = true;
        foreach (var line in Lines(Single(folder, "*.train.rating")))
        {
            var fields = line.Text.Split('\t');
            if (fields.Length < 2)
            {
                throw line.Malformed("user, item and rating, separated by tabs, are expected");
            }

            timed &= fields.Length > 3;
            ratings.Add((line.Number(fields[0]), line.Number(fields[1]), timed ? line.Number(fields[3]) : 0));
        }

        var asked = new List<(int User, int Item, int[] Negatives)>();
        foreach (var line in Lines(Single(folder, "*.test.negative")))
        {
            var fields = line.Text.Split('\t');
            var pair = fields[0].Trim('(', ')').Split(',');
            if (pair.Length != 2)
            {
                throw line.Malformed("(user,item) is expected first");
            }

            asked.Add((line.Number(pair[0]), line.Number(pair[1]), fields.Skip(1).Select(line.Number).ToArray()));
        }

        var users = Numbering.Of(ratings.Select(static r => r.User).Concat(asked.Select(static a => a.User)));
        var items = Numbering.Of(ratings.Select(static r => r.Item).Concat(asked.SelectMany(static a => (int[])[a.Item, .. a.Negatives])));
        var training = Lists(
            (timed ? ratings.OrderBy(static r => r.Time) : ratings.AsEnumerable())
                .GroupBy(static r => r.User, static r => r.Item)
                .Select(static user => KeyValuePair.Create(user.Key, user.ToArray())),
            users,
            items);
        return Protocols.LeaveOneOut(training, [.. asked.Select(a => (users[a.User], items[a.Item], items.Of(a.Negatives)))], timed);
    }

    /// <summary><c>sequences.txt</c>: a user's items a line, in order of time.</summary>
    public static EvaluationData Sequences(DirectoryInfo folder) =>
        Protocols.Sequences(ReadSequences(Need(folder, "sequences.txt")));

    /// <summary><c>train_seqs.csv</c>: the items of a session a line; <c>test_seqs.csv</c>: the start of a session, a bar, the next item.</summary>
    public static EvaluationData Sessions(DirectoryInfo folder)
    {
        var training = Lines(Need(folder, "train_seqs.csv")).Select(static line => line.Numbers(line.Text)).ToArray();
        var test = new List<(int[] Input, int Next)>();
        foreach (var line in Lines(Need(folder, "test_seqs.csv")))
        {
            var parts = line.Text.Split('|');
            if (parts.Length != 2)
            {
                throw line.Malformed("the items of a session, a bar and the next item are expected");
            }

            test.Add((line.Numbers(parts[0]), line.Number(parts[1].Trim())));
        }

        var items = Numbering.Of(training.SelectMany(static session => session).Concat(test.SelectMany(static asked => asked.Input.Append(asked.Next))));
        return Protocols.Sessions(Array.ConvertAll(training, items.Of), [.. test.Select(asked => (items.Of(asked.Input), items[asked.Next]))]);
    }

    /// <summary>
    /// A stream of events: <c>train_full.txt</c> and <c>test.txt</c> with a header and a session, an item and a time in seconds
    /// a line, separated by tabs; or <c>sequences.txt</c>, whose users then start at random times and are interleaved.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="seed">Of the times that users start.</param>
    public static EventStreamData Stream(DirectoryInfo folder, int seed)
    {
        var sequences = new FileInfo(Path.Combine(folder.FullName, "sequences.txt"));
        return sequences.Exists
            ? Interleave(ReadSequences(sequences), seed)
            : Clicks([Need(folder, "train_full.txt"), Need(folder, "test.txt")]);
    }

    private static EventStreamData Interleave(int[][] sequences, int seed)
    {
        // Everybody stays for a twentieth of the whole time.
        const double Stay = .05;
        var random = new Random(seed);
        var events = new List<(double Time, int User, int Item)>();
        for (var user = 0; user < sequences.Length; user++)
        {
            var start = random.NextDouble();
            var times = Array.ConvertAll(sequences[user], _ => start + (Stay * random.NextDouble()));
            Array.Sort(times);
            events.AddRange(sequences[user].Select((item, place) => (times[place], user, item)));
        }

        // A year, as it has to be some time.
        return Ordered(events.Select(static e => (365 * 24 * 3600 * e.Time, e.User, e.Item)));
    }

    private static EventStreamData Ordered(IEnumerable<(double Time, int User, int Item)> events)
    {
        var ordered = events.OrderBy(static e => e.Time).ToArray();
        return new EventStreamData(
            Array.ConvertAll(ordered, static e => e.User),
            Array.ConvertAll(ordered, static e => e.Item),
            Array.ConvertAll(ordered, static e => DateTime.UnixEpoch.AddSeconds(e.Time)));
    }

    private static EventStreamData Clicks(FileInfo[] files)
    {
        var (users, items) = (new Dictionary<string, int>(), new Dictionary<string, int>());
        var events = new List<(double Time, int User, int Item)>();
        for (var file = 0; file < files.Length; file++)
        {
            foreach (var line in Lines(files[file]).Skip(1))
            {
                var fields = line.Text.Split('\t');
                if (fields.Length < 3 || !double.TryParse(fields[2], NumberStyles.Float, CultureInfo.InvariantCulture, out var time)
                    || time is not (>= 0 and <= LatestSecond))
                {
                    throw line.Malformed("a session, an item and a time in seconds, separated by tabs, are expected");
                }

                // Sessions of two files have nothing to do with each other.
                events.Add((time, Number(users, $"{file}:{fields[0]}"), Number(items, fields[1])));
            }
        }

        return Ordered(events);
    }

    private static int Number(Dictionary<string, int> numbers, string name)
    {
        if (!numbers.TryGetValue(name, out var number))
        {
            numbers.Add(name, number = numbers.Count);
        }

        return number;
    }

    private static int[][] ReadSequences(FileInfo file)
    {
        var sequences = Lines(file).Select(static line => line.Numbers(line.Text)).ToArray();
        return Array.ConvertAll(sequences, Numbering.Of(sequences.SelectMany(static sequence => sequence)).Of);
    }

    private static Dictionary<int, int[]> ReadAdjacency(FileInfo file)
    {
        var users = new Dictionary<int, int[]>();
        foreach (var line in Lines(file))
        {
            var numbers = line.Numbers(line.Text);
            users[numbers[0]] = numbers[1..];
        }

        return users;
    }

    // A list a user, up to the last who has one.
    private static int[][] Lists(IEnumerable<KeyValuePair<int, int[]>> lines, Numbering users, Numbering items)
    {
        var lists = new List<int[]>();
        foreach (var (user, list) in lines.OrderBy(static line => line.Key))
        {
            while (lists.Count < users[user])
            {
                lists.Add([]);
            }

            lists.Add(items.Of(list));
        }

        return [.. lists];
    }

    private static int[] Spread(int[] history, int[] drawn)
    {
        var moved = drawn.ToHashSet();
        var ordered = history.Where(item => !moved.Contains(item)).ToArray();
        var spread = new int[history.Length];
        var (fromOrdered, fromDrawn) = (0, 0);
        var loose = history.Where(moved.Contains).ToArray();
        for (var place = 0; place < spread.Length; place++)
        {
            // The end of the history stays an item whose place is known.
            var due = (long)(fromDrawn + 1) * (ordered.Length + 1) <= (long)(loose.Length + 1) * fromOrdered;
            spread[place] = fromDrawn < loose.Length && (due || fromOrdered == ordered.Length) ? loose[fromDrawn++] : ordered[fromOrdered++];
        }

        return spread;
    }

    private static FileInfo Need(DirectoryInfo folder, string name)
    {
        var file = new FileInfo(Path.Combine(folder.FullName, name));
        return file.Exists ? file : throw new DataSetException($"{folder.FullName} has no file {name}, which this protocol reads.");
    }

    private static FileInfo Single(DirectoryInfo folder, string pattern)
    {
        var files = folder.GetFiles(pattern);
        return files.Length == 1
            ? files[0]
            : throw new DataSetException($"{folder.FullName} has {files.Length} files {pattern}; this protocol reads exactly one.");
    }

    private static IEnumerable<Line> Lines(FileInfo file)
    {
        var number = 0;
        var any = false;
        foreach (var text in File.ReadLines(file.FullName))
        {
            number++;
            if (!string.IsNullOrWhiteSpace(text))
            {
                any = true;
                yield return new Line(file.FullName, number, text);
            }
        }

        if (!any)
        {
            throw new DataSetException($"{file.FullName} is empty.");
        }
    }

    private sealed record Line(string File, int Position, string Text)
    {
        public DataSetException Malformed(string expected) => new($"{File}, line {Position}: {expected}.");

        public int Number(string text) =>
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? number
                : throw Malformed($"'{text}' is not a number from 0 to {int.MaxValue}");

        public int[] Numbers(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Number).ToArray();
    }
}
