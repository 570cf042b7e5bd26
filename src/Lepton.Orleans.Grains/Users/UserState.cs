using System.Buffers;
using Lepton.Orleans.Grains.Storage;

namespace Lepton.Orleans.Grains.Users;

/// <summary>A user as the store keeps it: profile, history, version. Changed by operations only.</summary>
internal sealed class UserState
{
    private const byte Format = 3;

    // Without positions in logs.
    private const byte EarlierFormat = 2;

    private static readonly EventNames NoNames = new();

    /// <summary>
    /// Raised by every change, over all activations; a new user's starts at the clock, so that no version of an erased
    /// user comes back under the same key.
    /// </summary>
    public long Version { get; private set; }

    /// <summary>Whether anybody has mentioned this user.</summary>
    public bool Exists => Version > 0;

    public string? LabelsJson { get; private set; }

    public string Comment { get; private set; } = "";

    public FeedbackHistory History { get; } = new();

    /// <summary>The names that callers gave events of late; <see langword="null"/> where none did.</summary>
    public EventNames? Names { get; private set; }

    /// <summary>How far logs have been applied, one entry a partition; <see langword="null"/> where no row came from one.</summary>
    public List<LogPosition>? Positions { get; private set; }

    /// <summary>How many of the first rows of a batch have been applied before.</summary>
    public int Applied(FeedbackOrigin? origin)
    {
        if (origin is null || Positions is null)
        {
            return 0;
        }

        foreach (var position in Positions)
        {
            if (position.Source == origin.Source && position.Partition == origin.Partition)
            {
                var count = 0;
                while (count < origin.Offsets.Count && origin.Offsets[count] <= position.Offset)
                {
                    count++;
                }

                return count;
            }
        }

        return 0;
    }

    /// <summary>Applies one operation; one that the state has already seen changes nothing.</summary>
    public void Apply(UserOperation operation)
    {
        if (operation.Version <= Version)
        {
            return;
        }

        Version = operation.Version;
        foreach (var name in operation.Names)
        {
            if (name.IsGiven)
            {
                (Names ??= new EventNames()).Add(name, operation.RecordedMs);
            }
        }

        if (operation.Position is { } position)
        {
            // Another source is another log in the place of the one before, which nobody will read again.
            (Positions ??= new List<LogPosition>(1)).RemoveAll(p => p.Source != position.Source || p.Partition == position.Partition);
            Positions.Add(position);
        }

        switch (operation.Kind)
        {
            case UserOperation.OperationKind.Profile:
                (LabelsJson, Comment) = (operation.LabelsJson, operation.Comment);
                break;
            case UserOperation.OperationKind.Remove:
                History.Remove(operation.Type is null ? -1 : FeedbackTypes.NumberOf(operation.Type), operation.Item);
                break;
            case UserOperation.OperationKind.Replace:
                History.Replace(operation.Events);
                break;
            default:
                History.Add(operation.Events);
                break;
        }
    }

    /// <summary>
    /// The state of a stored record: its snapshot, and on it the journal. Where several frames lead to one version, the
    /// last one counts: those before it were never confirmed.
    /// </summary>
    /// <exception cref="InvalidDataException">The bytes are not those of this or an earlier release.</exception>
    public static UserState Read(StoredRecord record)
    {
        var state = new UserState();
        if (!record.Snapshot.IsEmpty)
        {
            state.ReadSnapshot(record.Snapshot.Span);
        }

        var operations = new Stack<UserOperation>();
        foreach (var operation in record.Journal.Select(frame => UserOperation.Read(frame)).Reverse())
        {
            if (!operations.TryPeek(out var later) || operation.Version < later.Version)
            {
                operations.Push(operation);
            }
        }

        foreach (var operation in operations)
        {
            state.Apply(operation);
        }

        return state;
    }

    /// <summary>The snapshot's bytes, about 12 an event.</summary>
    /// <param name="isGone">Numbers whose item was deleted: their events are left out.</param>
    public ReadOnlyMemory<byte> ToSnapshot(Predicate<int> isGone)
    {
        var output = new ArrayBufferWriter<byte>(64 + (History.Count * 12));
        output.WriteByte(Format);
        output.WriteNumber(Version);
        output.WriteText(LabelsJson);
        output.WriteText(Comment);
        var types = new List<int>();
        var kept = 0;
        foreach (ref readonly var e in History.Events)
        {
            if (!types.Contains(e.Type))
            {
                types.Add(e.Type);
            }

            kept += isGone(e.Item) ? 0 : 1;
        }

        output.WriteNumber(types.Count);
        types.ForEach(t => output.WriteText(FeedbackTypes.NameOf(t)));
        output.WriteNumber(kept);
        var time = 0L;
        foreach (ref readonly var e in History.Events)
        {
            if (isGone(e.Item))
            {
                continue;
            }

            output.WriteNumber(types.IndexOf(e.Type));
            output.WriteNumber(e.Item);
            output.WriteNumber(e.TimeMs - time);
            time = e.TimeMs;
            var comment = History.CommentOf(e.Type, e.Item);
            output.WriteByte((byte)((e.IsExplicit ? 1 : 0) | (e.Value != 0 ? 2 : 0) | (comment.Length > 0 ? 4 : 0)));
            if (e.Value != 0)
            {
                output.WriteSingle(e.Value);
            }

            if (comment.Length > 0)
            {
                output.WriteText(comment);
            }
        }

        (Names ?? NoNames).Write(output);
        output.WriteNumber(Positions?.Count ?? 0);
        Positions?.ForEach(position => position.Write(output));
        return output.WrittenMemory;
    }

    private void ReadSnapshot(ReadOnlySpan<byte> snapshot)
    {
        var input = new StateReader(snapshot);
        var format = input.ReadByte();
        if (format is not (Format or EarlierFormat))
        {
            throw new InvalidDataException($"A user's state has format {format}; this release reads formats {EarlierFormat} and {Format}.");
        }

        Version = input.ReadNumber();
        LabelsJson = input.ReadText();
        Comment = input.ReadText() ?? "";
        var types = new int[input.ReadCount()];
        for (var i = 0; i < types.Length; i++)
        {
            types[i] = FeedbackTypes.NumberOf(input.ReadText() ?? "");
        }

        var count = input.ReadCount();
        var time = 0L;
        for (var i = 0; i < count; i++)
        {
            var type = input.ReadNumber();
            if (type < 0 || type >= types.Length)
            {
                throw new InvalidDataException($"An event in a user's state has type {type} of {types.Length}.");
            }

            var item = input.ReadNumber();
            time += input.ReadNumber();
            var flags = input.ReadByte();
            var value = (flags & 2) != 0 ? input.ReadSingle() : 0;
            History.Add(FeedbackEvent.FromStored(item, value, time, types[type], (flags & 1) != 0), (flags & 4) != 0 ? input.ReadText() ?? "" : "");
        }

        Names = EventNames.Read(ref input);
        if (format == EarlierFormat)
        {
            return;
        }

        for (var positions = input.ReadCount(); positions > 0; positions--)
        {
            (Positions ??= []).Add(LogPosition.Read(ref input));
        }
    }
}
