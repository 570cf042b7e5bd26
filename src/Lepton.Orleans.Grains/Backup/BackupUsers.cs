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
            id,
            state.Version,
            state.LabelsJson,
            NullWhenEmpty(state.Comment),
            events.Count == 0 ? null : events,
            state.Names?.All is { Length: > 0 } names
                ? Array.ConvertAll(names, n => new BackupLine.Name(n.Name.Id.ToString("x32", CultureInfo.InvariantCulture), n.Name.Content, n.TimeMs))
                : null,
            state.Arrivals?.Select(a => new BackupLine.Arrival(a.Key, a.Value.LeftAt, a.Value.Rows)).ToArray(),
            state.Positions?.Select(p => new BackupLine.Position(p.Source, p.Partition, p.Offset)).ToArray());
    }

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

            EventNames? names = null;
            foreach (var name in line.Names ?? [])
            {
                var id = UInt128.Parse(name.Id, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
                (names ??= new EventNames()).Add(new EventName(id, name.Content), name.Time);
            }

            return UserState.Restored(
                line.Version,
                line.LabelsJson,
                line.Comment ?? "",
                history,
                names,
                line.Merged?.ToDictionary(m => m.From, m => new UserArrival(m.LeftAt, m.Rows), StringComparer.Ordinal),
                line.Logs?.Select(p => new LogPosition(p.Source, p.Partition, p.Offset)).ToList());
        }
        catch (Exception exception) when (exception is InvalidDataException or FormatException or OverflowException or ArgumentException)
        {
            throw new InvalidBackupException(index, $"is no user that can be kept: {exception.Message}");
        }
    }

    private static string? NullWhenEmpty(string text) => text.Length == 0 ? null : text;
}
