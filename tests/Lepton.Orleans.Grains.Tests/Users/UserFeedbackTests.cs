using FsCheck;
using FsCheck.Fluent;
using Lepton.Orleans.Grains.Catalog;
using Lepton.Orleans.Grains.Replication;
using Lepton.Orleans.Grains.Upkeep;
using Lepton.Orleans.Grains.Users;

namespace Lepton.Orleans.Grains.Tests.Users;

public sealed class UserFeedbackTests
{
    private static readonly DateTime Now = new(2026, 7, 1, 0, 0, 0, DateTimeKind.Utc);

    [Fact]
    public async Task Pages_meet_every_entry_exactly_once_whatever_their_size()
    {
        var catalog = await CatalogOf(Enumerable.Range(0, 13).Select(n => $"item {n}"), deleted: [4]);
        Prop.ForAll(UserGenerators.Event.ListOf().ToArbitrary(), Gen.Choose(1, 7).ToArbitrary(), (events, size) =>
        {
            var history = HistoryOf(events);
            var expected = events.Where(e => e.Item != 4)
                .GroupBy(e => (Type: FeedbackTypes.NameOf(e.Type), Item: $"item {e.Item}"))
                .OrderBy(g => g.Key.Type, StringComparer.Ordinal).ThenBy(g => g.Key.Item, StringComparer.Ordinal)
                .Select(g => (g.Key.Type, g.Key.Item, Value: g.OrderBy(e => e.TimeMs).Sum(e => (double)e.Value), Time: g.Min(e => e.Time)))
                .ToList();
            var met = new List<Feedback>();
            var cursor = "";
            do
            {
                var page = UserFeedback.Page(history, "anna", new FeedbackQuery { Count = size, Cursor = cursor }, catalog);
                Assert.InRange(page.Entries.Count, 0, size);
                Assert.True(page.Cursor.Length == 0 || page.Entries.Count == size);
                met.AddRange(page.Entries);
                cursor = page.Cursor;
            }
            while (cursor.Length > 0);

            Assert.Equal(expected, met.Select(f => (f.FeedbackType, f.ItemId, f.Value, f.Timestamp!.Value)));
            Assert.All(met, f => Assert.Equal("anna", f.UserId));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public async Task A_page_takes_no_memory_that_grows_with_the_history()
    {
        var catalog = await CatalogOf(Enumerable.Range(0, 20_000).Select(n => $"item {n}"));
        Assert.InRange(BytesFor(20_000), 0, 3 * BytesFor(500));

        long BytesFor(int length)
        {
            var history = HistoryOf([.. Enumerable.Range(0, length).Select(i => Like(i * 7919 % length, i))]);
            var query = new FeedbackQuery { Count = 100, Cursor = "like/item 1" };
            _ = UserFeedback.Page(history, "anna", query, catalog);
            var before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Equal(100, UserFeedback.Page(history, "anna", query, catalog).Entries.Count);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [Fact]
    public async Task A_query_may_name_some_items()
    {
        var catalog = await CatalogOf(["a", "b", "c", "d"]);
        var history = HistoryOf([Like(0, 1), Like(1, 2), Like(2, 3), Like(0, 4)]);
        var page = UserFeedback.Page(history, "anna", new FeedbackQuery { ItemIds = ["a", "c", "d", "nothing"] }, catalog);
        Assert.Equal(["a", "c"], page.Entries.Select(f => f.ItemId));
    }

    [Fact]
    public async Task A_page_goes_on_after_its_cursor_though_that_entry_is_gone()
    {
        var catalog = await CatalogOf(["a", "b", "c"]);
        var history = HistoryOf([Like(0, 1), Like(1, 2), Like(2, 3)]);
        var first = UserFeedback.Page(history, "anna", new FeedbackQuery { Count = 2 }, catalog);
        history.Remove(-1, 1);
        var second = UserFeedback.Page(history, "anna", new FeedbackQuery { Count = 2, Cursor = first.Cursor }, catalog);
        Assert.Equal(["a", "b"], first.Entries.Select(f => f.ItemId));
        Assert.Equal(["c"], second.Entries.Select(f => f.ItemId));
        Assert.Equal("", second.Cursor);
    }

    [Fact]
    public async Task A_query_may_name_the_type_and_the_item()
    {
        var catalog = await CatalogOf(["a", "b"]);
        var history = HistoryOf([Like(0, 1), Like(1, 2), new FeedbackEvent(1, 0, 3, FeedbackTypes.NumberOf("read"), true)]);
        Assert.Equal(2, UserFeedback.Page(history, "anna", new FeedbackQuery { ItemId = "b" }, catalog).Entries.Count);
        Assert.Equal(2, UserFeedback.Page(history, "anna", new FeedbackQuery { FeedbackType = "like" }, catalog).Entries.Count);
        Assert.Equal("b", Assert.Single(UserFeedback.Page(history, "anna", new FeedbackQuery { FeedbackType = "read" }, catalog).Entries).ItemId);
        Assert.Empty(UserFeedback.Page(history, "anna", new FeedbackQuery { ItemId = "unknown" }, catalog).Entries);
    }

    [Fact]
    public async Task A_cursor_of_no_page_is_refused()
    {
        var catalog = await CatalogOf([]);
        Assert.Throws<InvalidCursorException>(() => UserFeedback.Page(new FeedbackHistory(), "anna", new FeedbackQuery { Cursor = "nonsense" }, catalog));
    }

    [Fact]
    public void A_repeated_row_with_an_explicit_time_is_no_change_in_the_history_or_in_the_batch()
    {
        var row = Row("like", 1);
        Assert.Single(Changes(new FeedbackHistory(), Batch(false, row, row)));
        Assert.Empty(Changes(HistoryOf([Like(0, 1)]), Batch(false, row)));
        Assert.Equal(2, Changes(new FeedbackHistory(), Batch(false, row with { Timestamp = null }, row with { Timestamp = null })).Length);
    }

    [Fact]
    public void Of_overwriting_rows_with_one_key_the_last_counts_and_repeating_the_batch_changes_nothing()
    {
        var history = new FeedbackHistory();
        var batch = Batch(true, Row("rating", 1) with { Value = 2 }, Row("rating", 1) with { Value = 5 });
        Assert.Equal(5, Assert.Single(Overwrite(history, batch)).Event.Value);
        Assert.Empty(Overwrite(history, batch));
        Assert.Equal(5, Assert.Single(history.Events.ToArray()).Value);
    }

    [Fact]
    public void An_overwrite_with_another_value_time_or_comment_is_a_change()
    {
        var history = new FeedbackHistory();
        var row = Row("rating", 1) with { Value = 2 };
        Overwrite(history, Batch(true, row));
        Assert.Empty(Changes(history, Batch(true, row)));
        Assert.Single(Changes(history, Batch(true, row with { Value = 3 })));
        Assert.Single(Changes(history, Batch(true, row with { Comment = "new" })));
        Assert.Single(Changes(history, Batch(true, Row("rating", 2) with { Value = 2 })));
    }

    [Fact]
    public void Only_what_an_overwrite_puts_in_nothings_place_counts_as_met()
    {
        var history = HistoryOf([Like(3, 1), new FeedbackEvent(5, 0, 2, FeedbackTypes.NumberOf("read"), true)]);
        Feedback[] rows = [Row("like", 7), Row("like", 7), Row("like", 7), Row("read", 7)];
        var changes = UserFeedback.Changes(history, null, rows, overwrite: true, [3, 5, 8, 8], Now, TimeSpan.Zero);
        Assert.Equal([3, 5, 8, 8], changes.Events.Select(c => c.Event.Item));
        Assert.Equal([8, 8], changes.Met.Select(c => c.Event.Item));
    }

    [Fact]
    public void The_first_row_that_breaks_a_rule_is_named()
    {
        var exception = Assert.Throws<InvalidFeedbackException>(() => UserFeedback.Validate(Batch(false, Row("like", 1), Row("like", 1) with { UserId = "bob" }), "anna", Now));
        Assert.Equal((1, "UserId"), (exception.Index, exception.Field));
        exception = Assert.Throws<InvalidFeedbackException>(() => UserFeedback.Validate(Batch(false, Row("like", 1) with { Value = double.NaN }), "anna", Now));
        Assert.Equal((0, "Value"), (exception.Index, exception.Field));
    }

    private static (FeedbackEvent Event, string Comment)[] Overwrite(FeedbackHistory history, FeedbackBatch batch)
    {
        var changes = Changes(history, batch);
        foreach (var (e, comment) in changes)
        {
            history.Remove(e.Type, e.Item);
            history.Add(e, comment);
        }

        return changes;
    }

    // All rows of these tests are about one item.
    private static (FeedbackEvent Event, string Comment)[] Changes(FeedbackHistory history, FeedbackBatch batch) =>
        UserFeedback.Changes(history, null, batch.Rows.ToArray(), batch.Overwrite, new int[batch.Rows.Count], Now, TimeSpan.Zero).Events;

    private static FeedbackBatch Batch(bool overwrite, params Feedback[] rows) => new() { Rows = rows, Overwrite = overwrite };

    private static Feedback Row(string type, long timeMs) => new() { FeedbackType = type, UserId = "anna", ItemId = "a", Timestamp = DateTime.UnixEpoch.AddMilliseconds(timeMs) };

    private static FeedbackEvent Like(int item, long timeMs) => new(item, 0, timeMs, FeedbackTypes.NumberOf("like"), true);

    private static FeedbackHistory HistoryOf(IEnumerable<FeedbackEvent> events)
    {
        var history = new FeedbackHistory();
        foreach (var e in events)
        {
            history.Add(e, "");
        }

        return history;
    }

    private static async Task<CatalogReplica> CatalogOf(IEnumerable<string> ids, params int[] deleted)
    {
        var entries = ids.Select((id, n) => new CatalogEntry { Number = n, ItemId = id, IsDeleted = deleted.Contains(n), Version = 1 });
        var catalog = new CatalogReplica(new FixedCatalog([.. entries], 1));
        await catalog.RefreshAsync();
        return catalog;
    }

    private sealed class FixedCatalog(CatalogEntry[] entries, long version) : ICatalogGrain
    {
        public Task<int[]> ResolveAsync(string[] ids) => throw new NotSupportedException();

        public Task<CatalogEntry> ApplyAsync(CatalogEntry entry) => throw new NotSupportedException();

        public Task<CatalogEntry> DeleteAsync(int number) => throw new NotSupportedException();

        public Task<int[]> GetUnfinishedDeletionsAsync(string id) => throw new NotSupportedException();

        public Task<IndexMend> MendAsync(string[] ids) => throw new NotSupportedException();

        public Task FinishDeletionsAsync(int[] numbers) => throw new NotSupportedException();

        public Task RestoreAsync(int first, string[] ids, int[] deleted) => throw new NotSupportedException();

        public Task<CatalogChanges> GetChangesAsync(Guid epoch, long after, int count) =>
            Task.FromResult(new CatalogChanges(Guid.Empty, version, entries, HasMore: false));
    }

    [Fact]
    public void An_item_of_long_ago_may_count_as_new_where_that_does_no_harm_and_one_of_lately_never()
    {
        var history = new FeedbackHistory();
        for (var item = 0; item < 10_000; item++)
        {
            history.Add(Like(item), "");
        }

        (FeedbackEvent, string)[] events = [(Like(0), ""), (Like(9_999), ""), (Like(20_000), ""), (Like(20_000), "")];
        Assert.Equal([0, 20_000], UserFeedback.NewItems(history, events));
        Assert.Equal([20_000], UserFeedback.NewItems(history, events.AsSpan(2, 1)));

        static FeedbackEvent Like(int item) => new(item, 1, item, FeedbackTypes.NumberOf("like"), isExplicit: true);
    }
}
