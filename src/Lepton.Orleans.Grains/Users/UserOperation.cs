using System.Buffers;
using Lepton.Orleans.Grains.Storage;

namespace Lepton.Orleans.Grains.Users;

/// <summary>
/// One change of a user: what a journal frame holds. A frame says what was found to be new, so that replaying it needs
/// no decision.
/// </summary>
internal sealed record UserOperation
{
    private const byte Format = 1;

    // With names of events.
    private const byte NamedFormat = 2;

    // With a position in a log after the version, and perhaps with names.
    private const byte PositionedFormat = 3;

    [ThreadStatic] private static ArrayBufferWriter<byte>? _output;

    public enum OperationKind : byte
    {
        /// <summary>Events are added.</summary>
        Add = 1,

        /// <summary>Events replace those of their type and item.</summary>
        Replace = 2,

        /// <summary>Events of an item are removed.</summary>
        Remove = 3,

        /// <summary>The profile is replaced.</summary>
        Profile = 4,

        /// <summary>The user is merged into another: its events are on their way, and nothing is left of it.</summary>
        Leave = 5,

        /// <summary>The other has what left.</summary>
        Arrive = 6,

        /// <summary>Events of another user, who is merged into this one, are added.</summary>
        Absorb = 7,
    }

    public required OperationKind Kind { get; init; }

    /// <summary>The user's version after the operation.</summary>
    public required long Version { get; init; }

    /// <summary>The events to add or to put in place.</summary>
    public (FeedbackEvent Event, string Comment)[] Events { get; init; } = [];

    /// <summary>The names of the events, place by place; empty where no event has one.</summary>
    public EventName[] Names { get; init; } = [];

    /// <summary>Names that came with the events and change nothing; releases before do not read them.</summary>
    public EventName[] IdleNames { get; init; } = [];

    /// <summary>When the events were recorded, in milliseconds since 1970; kept where there are names.</summary>
    public long RecordedMs { get; init; }

    /// <summary>For a departure: into whom. For events of another user: whose they were.</summary>
    public string Other { get; init; } = "";

    /// <summary>For events of another user, and for their arrival: the other's (or this user's) version when it left.</summary>
    public long LeftAt { get; init; }

    /// <summary>For an arrival: how many events the other has added.</summary>
    public int Rows { get; init; }

    /// <summary>For events of another user: the names that it knew, with the times at which they were recorded.</summary>
    public (EventName Name, long TimeMs)[] KnownNames { get; init; } = [];

    /// <summary>How far the events' log has been applied with them; <see langword="null"/> where they come from none.</summary>
    public LogPosition? Position { get; init; }

    /// <summary>For a removal: the item's number.</summary>
    public int Item { get; init; }

    /// <summary>For a removal: the type, or <see langword="null"/> for all.</summary>
    public string? Type { get; init; }

    /// <summary>For a profile: labels as JSON.</summary>
    public string? LabelsJson { get; init; }

    /// <summary>For a profile: free text.</summary>
    public string Comment { get; init; } = "";

    /// <summary>The journal frame.</summary>
    public byte[] ToFrame()
    {
        var output = _output ??= new ArrayBufferWriter<byte>(1024);
        output.ResetWrittenCount();
        output.WriteByte(Position is not null ? PositionedFormat : Names.Length > 0 ? NamedFormat : Format);
        output.WriteByte((byte)Kind);
        output.WriteNumber(Version);
        Position?.Write(output);
        switch (Kind)
        {
            case OperationKind.Remove:
                output.WriteText(Type);
                output.WriteNumber(Item);
                break;
            case OperationKind.Profile:
                output.WriteText(LabelsJson);
                output.WriteText(Comment);
                break;
            case OperationKind.Leave:
                output.WriteText(Other);
                break;
            case OperationKind.Arrive:
                output.WriteNumber(LeftAt);
                output.WriteNumber(Rows);
                break;
            case OperationKind.Absorb:
                output.WriteText(Other);
                output.WriteNumber(LeftAt);
                WriteEvents(output);
                EventNames.Write(output, KnownNames);
                break;
            default:
                WriteEvents(output);
                WriteIdleNames(output);
                break;
        }

        return output.WrittenSpan.ToArray();
    }

    /// <summary>The operation of a frame.</summary>
    /// <exception cref="InvalidDataException">The bytes are not a frame of this or an earlier release.</exception>
    public static UserOperation Read(ReadOnlySpan<byte> frame)
    {
        var input = new StateReader(frame);
        var format = input.ReadByte();
        if (format is not (Format or NamedFormat or PositionedFormat))
        {
            throw new InvalidDataException($"A journal frame has format {format}; this release reads formats {Format} to {PositionedFormat}.");
        }

        var kind = (OperationKind)input.ReadByte();
        var version = input.ReadNumber();
        var begun = new UserOperation { Kind = kind, Version = version, Position = format == PositionedFormat ? LogPosition.Read(ref input) : null };
        switch (kind)
        {
            case OperationKind.Remove:
                return begun with { Type = input.ReadText(), Item = (int)input.ReadNumber() };
            case OperationKind.Profile:
                return begun with { LabelsJson = input.ReadText(), Comment = input.ReadText() ?? "" };
            case OperationKind.Leave:
                return begun with { Other = input.ReadText() ?? "" };
            case OperationKind.Arrive:
                return begun with { LeftAt = input.ReadNumber(), Rows = (int)input.ReadNumber() };
            case OperationKind.Absorb:
                var absorbed = begun with { Other = input.ReadText() ?? "", LeftAt = input.ReadNumber() };
                return ReadEvents(ref input, absorbed) with { KnownNames = EventNames.ReadAll(ref input) };
            case OperationKind.Add or OperationKind.Replace:
                var recorded = ReadEvents(ref input, begun);
                return input.IsAtEnd ? recorded : ReadIdleNames(ref input, recorded);
            default:
                throw new InvalidDataException($"A journal frame has the unknown operation {(byte)kind}.");
        }
    }

    private void WriteEvents(ArrayBufferWriter<byte> output)
    {
        output.WriteNumber(Events.Length);
        for (var i = 0; i < Events.Length; i++)
        {
            var (e, comment) = Events[i];
            var name = i < Names.Length ? Names[i] : default;
            output.WriteText(FeedbackTypes.NameOf(e.Type));
            output.WriteNumber(e.Item);
            output.WriteNumber(e.TimeMs);
            output.WriteByte((byte)((e.IsExplicit ? 1 : 0) | (e.Value != 0 ? 2 : 0) | (comment.Length > 0 ? 4 : 0) | (name.IsGiven ? 8 : 0)));
            if (e.Value != 0)
            {
                output.WriteSingle(e.Value);
            }

            if (comment.Length > 0)
            {
                output.WriteText(comment);
            }

            if (name.IsGiven)
            {
                name.Write(output);
                output.WriteNumber(RecordedMs);
            }
        }
    }

    private void WriteIdleNames(ArrayBufferWriter<byte> output)
    {
        if (IdleNames.Length > 0)
        {
            output.WriteNumber(RecordedMs);
            output.WriteNumber(IdleNames.Length);
            Array.ForEach(IdleNames, name => name.Write(output));
        }
    }

    private static UserOperation ReadIdleNames(ref StateReader input, UserOperation operation)
    {
        var recorded = input.ReadNumber();
        var names = new EventName[input.ReadCount()];
        for (var i = 0; i < names.Length; i++)
        {
            names[i] = EventName.Read(ref input);
        }

        return operation with { IdleNames = names, RecordedMs = recorded };
    }

    private static UserOperation ReadEvents(ref StateReader input, UserOperation operation)
    {
        var events = new (FeedbackEvent, string)[input.ReadCount()];
        EventName[] names = [];
        var recorded = 0L;
        for (var i = 0; i < events.Length; i++)
        {
            var type = FeedbackTypes.NumberOf(input.ReadText() ?? "");
            var item = input.ReadNumber();
            var time = input.ReadNumber();
            var flags = input.ReadByte();
            var value = (flags & 2) != 0 ? input.ReadSingle() : 0;
            events[i] = (FeedbackEvent.FromStored(item, value, time, type, (flags & 1) != 0), (flags & 4) != 0 ? input.ReadText() ?? "" : "");
            if ((flags & 8) != 0)
            {
                Array.Resize(ref names, events.Length);
                names[i] = EventName.Read(ref input);
                recorded = input.ReadNumber();
            }
        }

        return operation with { Events = events, Names = names, RecordedMs = recorded };
    }
}
