namespace Lepton.Orleans.Client.Calls;

/// <summary>The rows of a request by user, each user's in their order.</summary>
internal sealed class UserGroups
{
    private static readonly int[] StartsOfOne = [0, 1];
    private static readonly int[] IndexesOfOne = [0];

    private readonly Feedback[] _rows;
    private readonly int[] _starts;
    private readonly int[] _indexes;

    private UserGroups(Feedback[] rows, int[] starts, int[] indexes) => (_rows, _starts, _indexes) = (rows, starts, indexes);

    /// <summary>How many users there are.</summary>
    public int Count => _starts.Length - 1;

    /// <summary>Groups rows.</summary>
    public static UserGroups Of(IReadOnlyList<Feedback> rows)
    {
        if (rows.Count == 1)
        {
            return new UserGroups([rows[0]], StartsOfOne, IndexesOfOne);
        }

        var groupOf = new int[rows.Count];
        var sizes = new List<int>();
        Dictionary<string, int>? known = null;
        for (var i = 0; i < groupOf.Length; i++)
        {
            // Rows of one user often stand together, and are all that there is.
            if (i > 0 && ReferenceEquals(rows[i].UserId, rows[i - 1].UserId))
            {
                groupOf[i] = groupOf[i - 1];
            }
            else if (i == 0 || !(known ??= new(StringComparer.Ordinal) { [rows[0].UserId] = 0 }).TryGetValue(rows[i].UserId, out groupOf[i]))
            {
                groupOf[i] = sizes.Count;
                sizes.Add(0);
                known?.Add(rows[i].UserId, groupOf[i]);
            }

            sizes[groupOf[i]]++;
        }

        var starts = new int[sizes.Count + 1];
        for (var group = 0; group < sizes.Count; group++)
        {
            starts[group + 1] = starts[group] + sizes[group];
        }

        // A counting sort: it keeps the order within a group.
        var (sorted, indexes, next) = (new Feedback[groupOf.Length], new int[groupOf.Length], starts.ToArray());
        for (var i = 0; i < groupOf.Length; i++)
        {
            var place = next[groupOf[i]]++;
            (sorted[place], indexes[place]) = (rows[i], i);
        }

        return new UserGroups(sorted, starts, indexes);
    }

    /// <summary>The rows of a user.</summary>
    public ArraySegment<Feedback> Rows(int group) => new(_rows, _starts[group], RowsOf(group));

    /// <summary>Names the rows of a user by <see cref="FeedbackCall.Named"/>.</summary>
    public void Name(int group)
    {
        foreach (ref var row in Rows(group).AsSpan())
        {
            row = FeedbackCall.Named(row);
        }
    }

    /// <summary>How many rows a user has.</summary>
    public int RowsOf(int group) => _starts[group + 1] - _starts[group];

    /// <summary>Where the rows of a user come from, when all rows come from <paramref name="all"/>.</summary>
    public FeedbackOrigin? Origin(int group, FeedbackOrigin? all)
    {
        if (all is null)
        {
            return null;
        }

        return all with { Offsets = Of(group, all.Offsets), Times = all.Times is { } times ? Of(group, times) : null };
    }

    /// <summary>The place in the request of a user's row.</summary>
    public int IndexOf(int group, int row) => _indexes[_starts[group] + row];

    private long[] Of(int group, IReadOnlyList<long> all)
    {
        var numbers = new long[RowsOf(group)];
        for (var row = 0; row < numbers.Length; row++)
        {
            numbers[row] = all[IndexOf(group, row)];
        }

        return numbers;
    }
}
