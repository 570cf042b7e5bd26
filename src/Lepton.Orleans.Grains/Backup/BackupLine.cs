using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Lepton.Orleans.Grains.Backup;

/// <summary>
/// One line of a backup, as JSON. First comes the <see cref="Header"/>, last the <see cref="End"/>; every item stands before the
/// first user who mentions it, in the order of numbers, and the model before the counters.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "Kind", UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FailSerialization)]
[JsonDerivedType(typeof(Header), "Backup")]
[JsonDerivedType(typeof(Log), "Log")]
[JsonDerivedType(typeof(Item), "Item")]
[JsonDerivedType(typeof(User), "User")]
[JsonDerivedType(typeof(Gone), "Gone")]
[JsonDerivedType(typeof(Model), "Model")]
[JsonDerivedType(typeof(Training), "Training")]
[JsonDerivedType(typeof(Counters), "Counters")]
[JsonDerivedType(typeof(End), "End")]
internal abstract record BackupLine
{
    /// <summary>How lines are written and read.</summary>
    public static readonly JsonSerializerOptions Options = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>What follows.</summary>
    /// <param name="Version">The version of the format.</param>
    /// <param name="Tenant">Whose data it is.</param>
    /// <param name="Id">The backup's own name, so that what is sent to restore it is known to belong together.</param>
    /// <param name="StartedAt">Everything that was acknowledged before is in it.</param>
    public sealed record Header(int Version, string Tenant, string Id, DateTime StartedAt) : BackupLine;

    /// <summary>
    /// That a partition of a log has been applied up to a tombstone: who was erased keeps no <see cref="User.Logs"/>. It was read
    /// before the users, so that nothing is said to be applied that they lack.
    /// </summary>
    public sealed record Log(uint Source, int Partition, long Offset) : BackupLine;

    /// <summary>A number of the catalogue.</summary>
    /// <param name="Number">The number: lists break ties by it.</param>
    /// <param name="ItemId">The id that has it, or had.</param>
    /// <param name="IsDeleted">The item was deleted; its number stays taken.</param>
    /// <param name="Record">What is known of the item; nothing where only feedback has named it.</param>
    public sealed record Item(int Number, string ItemId, bool IsDeleted = false, ItemRecord? Record = null) : BackupLine;

    /// <summary>What is known of an item.</summary>
    public sealed record ItemRecord(
        bool IsHidden = false, IReadOnlyList<string>? Categories = null, DateTime Timestamp = default, string? LabelsJson = null, string? Comment = null);

    /// <summary>A user at one point of time; one that stands there again, with a higher version, replaces the one before.</summary>
    /// <param name="UserId">The id.</param>
    /// <param name="Version">The version.</param>
    /// <param name="LabelsJson">The labels.</param>
    /// <param name="Comment">The comment.</param>
    /// <param name="Events">The history, in its order.</param>
    /// <param name="Names">The names of events that repetitions are known by.</param>
    /// <param name="Merged">Who was merged into the user.</param>
    /// <param name="Logs">How far logs have been applied to the user, so that what is read again changes nothing.</param>
    public sealed record User(
        string UserId, long Version, string? LabelsJson = null, string? Comment = null, IReadOnlyList<Event>? Events = null, IReadOnlyList<Name>? Names = null, IReadOnlyList<Arrival>? Merged = null, IReadOnlyList<Position>? Logs = null) : BackupLine;

    /// <summary>An event of a user.</summary>
    /// <param name="Type">The type.</param>
    /// <param name="Item">The item's id.</param>
    /// <param name="Time">Milliseconds since 1970.</param>
    /// <param name="Value">The value; nothing stands for 0.</param>
    /// <param name="IsExplicit">Whether the caller named the time; nothing stands for no.</param>
    /// <param name="Comment">The comment of the user's feedback of this type on this item.</param>
    public sealed record Event(
        string Type, string Item, long Time, float? Value = null, bool? IsExplicit = null, string? Comment = null);

    /// <summary>The name of an event.</summary>
    /// <param name="Id">A hash of it, 32 hexadecimal digits.</param>
    /// <param name="Content">A hash of what was said under it.</param>
    /// <param name="Time">When, in milliseconds since 1970; below 0 where that changed nothing.</param>
    public sealed record Name(string Id, uint Content, long Time);

    /// <summary>A user that was merged into another.</summary>
    public sealed record Arrival(string From, long LeftAt, int Rows);

    /// <summary>The last row of a partition of a log that was applied to a user.</summary>
    public sealed record Position(uint Source, int Partition, long Offset);

    /// <summary>That a user has been merged into one that stands before: what the backup holds of an earlier version is to go.</summary>
    /// <param name="UserId">The id.</param>
    /// <param name="LeftAt">The version at which it left.</param>
    /// <param name="Left">What is still known of who left; nothing where that was erased since, or is somebody again.</param>
    public sealed record Gone(string UserId, long LeftAt, Departure? Left = null) : BackupLine;

    /// <summary>What is still known of a user that was merged into another.</summary>
    /// <param name="Into">The other's id.</param>
    /// <param name="Version">The version.</param>
    /// <param name="Rows">How many events the other has added.</param>
    /// <param name="Names">As of a <see cref="User"/>.</param>
    /// <param name="Merged">As of a <see cref="User"/>.</param>
    /// <param name="Logs">As of a <see cref="User"/>.</param>
    public sealed record Departure(
        string Into, long Version, int Rows, IReadOnlyList<Name>? Names = null, IReadOnlyList<Arrival>? Merged = null, IReadOnlyList<Position>? Logs = null);

    /// <summary>A part of the model; parts of one version belong together, and those of a later one replace them.</summary>
    public sealed record Model(long Version, int Part, byte[] Content) : BackupLine;

    /// <summary>What is known of the build, after the model's parts.</summary>
    /// <param name="ModelVersion">The version of the model in this backup.</param>
    /// <param name="ModelParts">How many parts it has.</param>
    /// <param name="Duration">How long it took.</param>
    /// <param name="Summary">What it was made from, in a sentence.</param>
    /// <param name="PositiveFeedback">How much positive feedback that was.</param>
    /// <param name="Tuning">How far the search for better settings of builds has come, in its own form.</param>
    public sealed record Training(long ModelVersion, int ModelParts, TimeSpan Duration, string Summary, long PositiveFeedback, byte[]? Tuning = null) : BackupLine;

    /// <summary>A piece of what an item shard counts, in its own form.</summary>
    public sealed record Counters(
        int Shard, int Piece, byte[] Content) : BackupLine;

    /// <summary>That the backup is whole: how many lines of each kind come before.</summary>
    public sealed record End(long Items, long Users, long ModelParts, long CounterPieces, long Events) : BackupLine;
}
