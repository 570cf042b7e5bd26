using System.Runtime.InteropServices;
using Lepton.Orleans.Engine.Neighbours;
using Lepton.Orleans.Engine.Recurrence;
using Lepton.Orleans.Grains.Catalog;
using Lepton.Orleans.Grains.Items;
using Lepton.Orleans.Grains.Learning;
using Lepton.Orleans.Grains.Pauses;
using Lepton.Orleans.Grains.Training;
using Lepton.Orleans.Grains.Upkeep;
using Lepton.Orleans.Grains.Users;

namespace Lepton.Orleans.Grains.Tests.Recorded;

/// <summary>One of each thing that silos and clients send, with nothing in it left as it would be without.</summary>
internal static class RecordedMessages
{
    private static readonly DateTime Time = new(2026, 1, 2, 3, 4, 5, 678, DateTimeKind.Utc);
    private static readonly Guid Epoch = new("0f0e0d0c-0b0a-0908-0706-050403020100");

    public static IReadOnlyList<object> All { get; } =
    [
        Row,
        new FeedbackBatch { Rows = [Row], Overwrite = true, Origin = new FeedbackOrigin { Source = 4_000_000_000, Partition = 3, Offsets = [5, 7] } },
        new FeedbackQuery { FeedbackType = "like", ItemId = "film-1", Count = 7, Cursor = "next" },
        new User { UserId = "anna", LabelsJson = "[\"a\"]", Comment = "Анна" },
        new UserPatch { LabelsJson = "[]", Comment = "other" },
        AnItem,
        new ItemPatch { IsHidden = true, Categories = ["drama"], Timestamp = Time, LabelsJson = "{}", Comment = "other" },
        new ItemState { Number = 3, Item = AnItem },
        new Page<User>([new User { UserId = "anna" }], "cursor"),
        new Page<Item>([AnItem], "cursor"),
        new Page<Feedback>([Row], "cursor"),
        new ScoredId("film-1", .5),
        new List<ScoredId> { new("film-1", .5) },
        new ListPayload("[\"film-1\"]"u8.ToArray()),
        new RecommendRequest { Count = 5, Offset = 2, Category = "drama" },
        new RecommendationList
        {
            Items = [new Recommendation { ItemId = "film-1", Title = "Film", Score = .5, Reasons = [new Reason { Source = "neighbors", Contribution = .25, SeedItemId = "film-2", SeedTitle = "Other", Text = "because" }] }],
            UserVersion = 1,
            ModelVersion = 2,
            CatalogVersion = 3,
        },
        new TenantStatistics { Users = 1, Items = 2, PositiveFeedback = 3, ModelVersion = 4, CatalogVersion = 5 },
        new BuildStatus { State = BuildState.Failed, Stage = "solving", Progress = .5, ModelVersion = 6, Duration = TimeSpan.FromSeconds(7), Error = "error", Summary = "summary" },
        new TrainingState { ModelVersion = 6, Duration = TimeSpan.FromSeconds(7), Summary = "summary", PositiveFeedback = 8, Running = 9, Weights = [1, 2, 3] },
        new ErasureReceipt { UserId = "anna", States = 1, JournalEntries = 2, Feedback = 3, EventNames = 4, UserIndexEntries = 5, ItemIndexEntries = 6, CachedLists = 7, Counters = 8, Waiting = [new ErasureWait("model", "reason", Time)] },
        new ErasureReport { UserId = "anna", KeysScanned = 1, IndexesSearched = 2, Remains = [new ErasureRemains("kind", "key")], ErasuresWaiting = 3, WaitingSince = Time },
        new RepairStatus
        {
            State = RepairState.Succeeded, Stage = "users", Started = Time, Seconds = 1.5, Users = new RepairCounts(1, 2, 3, 4), Items = new RepairCounts(5, 6, 7, 8), ItemFeedback = new RepairCounts(9, 10, 11, 12), DeletionsFinished = 13, KeysRemoved = 14, Error = "error",
        },
        new CatalogChanges(Epoch, 7, [new CatalogEntry { Number = 3, ItemId = "film-3", IsDeleted = true, IsHidden = true, Categories = ["drama"], Timestamp = Time, Title = "Film", Version = 9 }], true),
        new UserView(5, [new FeedbackEvent(1, 1.5f, 1_700_000_000_123, FeedbackTypes.NumberOf("like"), true), new FeedbackEvent(2, 0, 1_700_000_000_124, FeedbackTypes.NumberOf("view"), false)], 2),
        new MergeTarget(true, "other", 3),
        new UserMend(new IndexMend(1, 2), new IndexMend(3, 4)),
        new PauseOrder("default", new DateTimeOffset(Time)),
        new ShardDelta { Content = Bytes<ShardIncrement>([new(new PairIncrement(1, 2, .5f, .25f)), new(3, 1_700_000_000_123), ShardIncrement.Loss(4, 1_700_000_000_124)]) },
        new ShardRows
        {
            Epoch = Epoch, Version = 1, Next = 2, Rows = [3], Ends = [(1, 2)], Items = [4, 5], Weights = [.5f, .25f], RuleTotals = [6], Counts = [7], Trending = [8], TrendingAsOf = Time, IsIncomplete = true,
        },
        new ShardCounts { Rows = [1], RuleItems = [[2]], RuleWeights = [[.5f]], RuleTotals = [3], PairItems = [[4]], PairWeights = [[.25f]], Counts = [5], Popularity = [6, 7] },
        new LearnerEvents { Content = Bytes(Contexts()) },
        new LearnedRows { Epoch = Epoch, Build = 1, Version = 2, Next = 3, Events = 4, Rows = Rows.ToBytes() },
        new InvalidFeedbackException(1, "Value", "is no number"),
        new EventIdReusedException(1, "anna"),
        new InvalidIdException("UserId", "a/b", "has a slash"),
        new InvalidItemException("Comment", "is too long"),
        new InvalidCursorException("cursor"),
        new InvalidBackupException(1, "is no line"),
        new RestoreConflictException("conflict"),
        new RoleNotServedException("training"),
        new StaleActivationException("record"),
        new StoreUnavailableException("append", new IOException("gone")) { RetryAfter = TimeSpan.FromSeconds(2) },
        new UnknownUserException("cookie", "anna"),
        new WritesPausedException("default") { RetryAfter = TimeSpan.FromSeconds(3) },
    ];

    private static Feedback Row => new() { FeedbackType = "like", UserId = "anna", ItemId = "film-1", Value = 1.5, Timestamp = Time, Comment = "so good", EventId = "named" };

    private static Item AnItem => new() { ItemId = "film-1", IsHidden = true, Categories = ["drama", "comedy"], Timestamp = Time, LabelsJson = "{\"year\":1}", Comment = "Film" };

    private static RecurrentRows Rows => new()
    {
        Decays = [.5f], Mixing = [1, 2, 3, 4], Sharpness = 1.5f, Items = [7], Inputs = [1, -1], InputScales = [.5f], Outputs = [2, -2], OutputScales = [.25f], Biases = [.125f],
    };

    private static int[] Contexts()
    {
        var events = new int[16];
        return events[..EventContexts.Write(events, 3, [1, 2])];
    }

    private static byte[] Bytes<T>(ReadOnlySpan<T> values)
        where T : unmanaged => MemoryMarshal.AsBytes(values).ToArray();

    private static byte[] Bytes(int[] values) => Bytes<int>(values);
}
