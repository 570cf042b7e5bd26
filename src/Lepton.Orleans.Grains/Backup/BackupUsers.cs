using System.Globalization;
using Lepton.Orleans.Grains.Replication;
using Lepton.Orleans.Grains.Users;

namespace Lepton.Orleans.Grains.Backup;

/// <summary>Between users as the store keeps them and the lines of a backup.</summary>
internal static class BackupUsers
{
    /// <summary>The line of a user. Events on items that were deleted are left out.</summary>
    public static BackupLine.User ToLine(string id, UserState state, CatalogReplica catalog)
    {
        var events = new List<BackupLine.Event>(state.History.Count);
        foreach (ref readonly var e in state.History.Events)
        {
            if (catalog.Entry(e.Item) is { IsDeleted: false } entry)
            {
                events.Add(new BackupLine.Event(
                    FeedbackTypes.NameOf(e.Type), entry.ItemId, e.TimeMs, e.Value == 0 ? null : e.Value, e.IsExplicit ? true : null, NullWhenEmpty(state.History.CommentOf(e.Type, e.Item))));
            }
        }

        return new BackupLine.User(
            id, state.Version, state.LabelsJson, NullWhenEmpty(state.Comment), events.Count == 0 ? null : events, NamesOf(state), MergedOf(state), LogsOf(state));
    }

    /// <summary>
    /// What is still known of a user that was merged into another, so that what comes again for it is known; <see langword="null"/>
    /// where there is nothing, or a line of its own.
    /// </summary>
    public static BackupLine.Departure? ToDeparture(UserState state) => state is { Exists: false, Departure: { Rows: { } rows } departure }
        ? new BackupLine.Departure(departure.Into, state.Version, rows, NamesOf(state), MergedOf(state), LogsOf(state))
        : null;

    /// <summary>The user of a line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="index">Its index in the request.</param>
    /// <param name="catalog">The catalogue, in which every item of the line must be.</param>
    /// <exception cref="InvalidBackupException">The line cannot be used.</exception>
    public static async Task<UserState> ToStateAsync(BackupLine.User line, int index, CatalogReplica catalog)
    {
        if (LeptonKey.Violation(line.UserId) is { } rule)
        {
            throw new InvalidBackupException(index, $"has a UserId that {rule}");
        }

        try
        {
            var history = new FeedbackHistory();
            foreach (var e in line.Events ?? [])
            {
                if (await catalog.FindAsync(e.Item) is not { } item)
                {
                    // Where lines come once more, a later one may have deleted it already.
                    if (!catalog.HasHeld(e.Item))
                    {
                        throw new InvalidBackupException(index, $"has an event on the item '{e.Item}', which no line before it holds");
                    }

                    continue;
                }

                history.Add(FeedbackEvent.FromStored(item.Number, e.Value ?? 0, e.Time, FeedbackTypes.NumberOf(e.Type), e.IsExplicit ?? false), e.Comment ?? "");
            }

            return UserState.Restored(line.Version, line.LabelsJson, line.Comment ?? "", history, ToNames(line.Names), ToArrivals(line.Merged), ToPositions(line.Logs));
        }
        catch (Exception exception) when (IsUnusable(exception))
        {
            throw Unusable(index, exception);
        }
    }

    /// <summary>What the id of a line is that was merged into another.</summary>
    /// <param name="line">The line.</param>
    /// <param name="left">What it says of who left.</param>
    /// <param name="index">Its index in the request.</param>
    /// <exception cref="InvalidBackupException">The line cannot be used.</exception>
    public static UserState ToState(BackupLine.Gone line, BackupLine.Departure left, int index)
    {
        try
        {
            return UserState.Restored(
                left.Version,
                null,
                "",
                new FeedbackHistory(),
                ToNames(left.Names),
                ToArrivals(left.Merged),
                ToPositions(left.Logs),
                new UserDeparture(left.Into, line.LeftAt, new FeedbackHistory(), [], left.Rows));
        }
        catch (Exception exception) when (IsUnusable(exception))
        {
            throw Unusable(index, exception);
        }
    }

    private static BackupLine.Name[]? NamesOf(UserState state) => state.Names?.All is { Length: > 0 } names
        ? Array.ConvertAll(names, n => new BackupLine.Name(n.Name.Id.ToString("x32", CultureInfo.InvariantCulture), n.Name.Content, n.TimeMs))
        : null;

    private static BackupLine.Arrival[]? MergedOf(UserState state) => state.Arrivals?.Select(a => new BackupLine.Arrival(a.Key, a.Value.LeftAt, a.Value.Rows)).ToArray();

    private static BackupLine.Position[]? LogsOf(UserState state) => state.Positions?.Select(p => new BackupLine.Position(p.Source, p.Partition, p.Offset)).ToArray();

    private static EventNames? ToNames(IReadOnlyList<BackupLine.Name>? lines)
    {
        EventNames? names = null;
        foreach (var name in lines ?? [])
        {
            var id = UInt128.Parse(name.Id, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            (names ??= new EventNames()).Add(new EventName(id, name.Content), name.Time);
        }

        return names;
    }

    private static Dictionary<string, UserArrival>? ToArrivals(IReadOnlyList<BackupLine.Arrival>? lines) =>
        lines?.ToDictionary(m => m.From, m => new UserArrival(m.LeftAt, m.Rows), StringComparer.Ordinal);

    private static List<LogPosition>? ToPositions(IReadOnlyList<BackupLine.Position>? lines) => lines?.Select(p => new LogPosition(p.Source, p.Partition, p.Offset)).ToList();

    private static bool IsUnusable(Exception exception) => exception is InvalidDataException or FormatException or OverflowException or ArgumentException;

    private static InvalidBackupException Unusable(int index, Exception exception) => new(index, $"is no user that can be kept: {exception.Message}");

    private static string? NullWhenEmpty(string text) => text.Length == 0 ? null : text;
}
