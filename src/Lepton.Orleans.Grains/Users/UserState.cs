using System.Buffers;
using Lepton.Orleans.Grains.Storage;

namespace Lepton.Orleans.Grains.Users;

/// <summary>A user as the store keeps it: profile, history, version. Changed by operations only.</summary>
internal sealed class UserState
{
    private const byte Format = 2;

    // Of a user who was merged, or with whom others were, or whose feedback came from a log.
    private const byte LinkedFormat = 3;

    /// <summary>
    /// Raised by every change, over all activations; a new user's starts at the clock, so that no version of an erased
    /// user comes back under the same key.
    /// </summary>
    public long Version { get; private set; }

    /// <summary>Whether anybody has mentioned this user, since it was merged into another where it was.</summary>
    public bool Exists { get; private set; }

    public string? LabelsJson { get; private set; }

    public string Comment { get; private set; } = "";

    public FeedbackHistory History { get; private set; } = new();

    /// <summary>The names that callers gave events of late; <see langword="null"/> where none did.</summary>
    public EventNames? Names { get; private set; }

    /// <summary>How far logs have been applied, one entry a partition; <see langword="null"/> where no row came from one.</summary>
    public List<LogPosition>? Positions { get; private set; }

    /// <summary>
    /// Whom the user was merged into last, also where the id is in use again since; <see langword="null"/> where it was not.
    /// </summary>
    public UserDeparture? Departure { get; private set; }

    /// <summary>A <see cref="Departure"/> whose events the other may not have yet.</summary>
    public UserDeparture? PendingDeparture => Departure is { IsPending: true } pending ? pending : null;

    /// <summary>By the ids of the users that were merged into this one: what came; <see langword="null"/> where none was.</summary>
    public Dictionary<string, UserArrival>? Arrivals { get; private set; }

    /// <summary>The state that a backup describes.</summary>
    public static UserState Restored(
        long version,
        string? labelsJson,
        string comment,
        FeedbackHistory history,
        EventNames? names,
        Dictionary<string, UserArrival>? arrivals,
        List<LogPosition>? positions,
        UserDeparture? departure = null) => new()
        {
            Version = version,
            Exists = departure is null,
            Departure = departure,
            LabelsJson = labelsJson,
            Comment = comment,
            History = history,
            Names = names,
            Arrivals = arrivals,
            Positions = positions,
        };

    /// <summary>Forgets that another user was merged into this one.</summary>
    /// <returns>Whether that was known.</returns>
    public bool ForgetArrival(string from)
    {
        if (Arrivals?.Remove(from) is not true)
        {
            return false;
        }

        Arrivals = Arrivals.Count == 0 ? null : Arrivals;
        return true;
    }

    /// <summary>Forgets whom the user was merged into.</summary>
    public void ForgetDeparture() => Departure = null;

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

        foreach (var name in operation.IdleNames)
        {
            (Names ??= new EventNames()).AddIdle(name, operation.RecordedMs);
        }

        Exists = operation.Kind switch
        {
            UserOperation.OperationKind.Leave => false,
            UserOperation.OperationKind.Arrive => Exists,
            _ => true,
        };
        if (operation.Position is { } position)
        {
            // Another source is another log in the place of the one before, which nobody will read again.
            (Positions ??= new List<LogPosition>(1)).RemoveAll(p => p.Source != position.Source || p.Partition == position.Partition);
            Positions.Add(position);
        }

        switch (operation.Kind)
        {
            case UserOperation.OperationKind.Leave:
                Departure = new UserDeparture(operation.Other, operation.Version, History, Names?.All ?? [], null);
                (History, LabelsJson, Comment) = (new FeedbackHistory(), null, "");
                break;
            case UserOperation.OperationKind.Arrive:
                if (Departure is { } departure && departure.Version == operation.LeftAt)
                {
                    Departure = departure with { Events = new FeedbackHistory(), Names = [], Rows = operation.Rows };
                }

                break;
            case UserOperation.OperationKind.Absorb:
                History.Add(operation.Events);
                (Arrivals ??= new Dictionary<string, UserArrival>(StringComparer.Ordinal))[operation.Other] = new UserArrival(operation.LeftAt, operation.Events.Length);
                if (operation.KnownNames.Length > 0)
                {
                    (Names ??= new EventNames()).AddNew(operation.KnownNames);
                }

                break;
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
        var isLinked = !Exists || Departure is not null || Arrivals is not null || Positions is not null;
        output.WriteByte(isLinked ? LinkedFormat : Format);
        output.WriteNumber(Version);
        output.WriteText(LabelsJson);
        output.WriteText(Comment);
        Write(output, History, isGone);
        EventNames.Write(output, Names?.All ?? []);
        if (!isLinked)
        {
            return output.WrittenMemory;
        }

        output.WriteByte((byte)((Exists ? 1 : 0) | (Departure is null ? 0 : 2)));
        if (Departure is { } departure)
        {
            output.WriteText(departure.Into);
            output.WriteNumber(departure.Version);
            output.WriteNumber(departure.Rows ?? -1);
            Write(output, departure.Events, isGone);
            EventNames.Write(output, departure.Names);
        }

        output.WriteNumber(Arrivals?.Count ?? 0);
        foreach (var (from, arrival) in Arrivals ?? [])
        {
            output.WriteText(from);
            output.WriteNumber(arrival.LeftAt);
            output.WriteNumber(arrival.Rows);
        }

        output.WriteNumber(Positions?.Count ?? 0);
        Positions?.ForEach(position => position.Write(output));
        return output.WrittenMemory;
    }

    private static void Write(ArrayBufferWriter<byte> output, FeedbackHistory history, Predicate<int> isGone)
    {
        var types = new List<int>();
        var kept = 0;
        foreach (ref readonly var e in history.Events)
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
        foreach (ref readonly var e in history.Events)
        {
            if (isGone(e.Item))
            {
                continue;
            }

            output.WriteNumber(types.IndexOf(e.Type));
            output.WriteNumber(e.Item);
            output.WriteNumber(e.TimeMs - time);
            time = e.TimeMs;
            var comment = history.CommentOf(e.Type, e.Item);
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
    }

    private void ReadSnapshot(ReadOnlySpan<byte> snapshot)
    {
        var input = new StateReader(snapshot);
        var format = input.ReadByte();
        if (format is not (Format or LinkedFormat))
        {
            throw new InvalidDataException($"A user's state has format {format}; this release reads formats {Format} and {LinkedFormat}.");
        }

        Version = input.ReadNumber();
        LabelsJson = input.ReadText();
        Comment = input.ReadText() ?? "";
        ReadHistory(ref input, History);
        Names = EventNames.Read(ref input);
        Exists = true;
        if (format == Format)
        {
            return;
        }

        var flags = input.ReadByte();
        Exists = (flags & 1) != 0;
        if ((flags & 2) != 0)
        {
            var (into, version, rows) = (input.ReadText() ?? "", input.ReadNumber(), (int)input.ReadNumber());
            var events = new FeedbackHistory();
            ReadHistory(ref input, events);
            Departure = new UserDeparture(into, version, events, EventNames.ReadAll(ref input), rows < 0 ? null : rows);
        }

        for (var count = input.ReadCount(); count > 0; count--)
        {
            var from = input.ReadText() ?? "";
            (Arrivals ??= new Dictionary<string, UserArrival>(StringComparer.Ordinal))[from] = new UserArrival(input.ReadNumber(), (int)input.ReadNumber());
        }

        for (var count = input.ReadCount(); count > 0; count--)
        {
            (Positions ??= []).Add(LogPosition.Read(ref input));
        }
    }

    private static void ReadHistory(ref StateReader input, FeedbackHistory history)
    {
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
            history.Add(FeedbackEvent.FromStored(item, value, time, types[type], (flags & 1) != 0), (flags & 4) != 0 ? input.ReadText() ?? "" : "");
        }
    }
}
