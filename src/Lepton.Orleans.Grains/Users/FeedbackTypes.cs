using System.Collections.Concurrent;

namespace Lepton.Orleans.Grains.Users;

/// <summary>
/// Numbers for the names of feedback types, given in this process and valid in it only; states keep the names.
/// </summary>
public static class FeedbackTypes
{
    /// <summary>How many types a process knows at the most: a type is a word of the product, not of a user.</summary>
    internal const int Capacity = 4096;

    /// <summary>How many types may come in by requests; the rest is left for states that other processes have written.</summary>
    public const int MaxNew = 1024;

    private static readonly ConcurrentDictionary<string, int> Numbers = new(StringComparer.Ordinal);
    private static readonly string[] Names = new string[Capacity];
    private static readonly Lock Gate = new();

    /// <summary>
    /// Numbers the types of rows that have no number yet: all of them, or none. What a request brings is to be admitted before
    /// any of it is written.
    /// </summary>
    /// <param name="rows">The rows, whose types obey <see cref="FeedbackRules"/>.</param>
    /// <exception cref="InvalidFeedbackException">They are too many; names the first row that brings one more than there may be.</exception>
    public static void Admit(IReadOnlyList<Feedback> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        string? last = null;
        for (var i = 0; i < rows.Count; i++)
        {
            var type = rows[i].FeedbackType;
            if (!ReferenceEquals(type, last) && !Knows(type))
            {
                AdmitNew(rows, i);
                return;
            }

            last = type;
        }
    }

    /// <summary>Whether a type has its number already.</summary>
    internal static bool Knows(string name) => Numbers.ContainsKey(name);

    /// <summary>The number of a type, given when it is first asked for.</summary>
    /// <returns>-1: there are <see cref="Capacity"/> types already.</returns>
    internal static int NumberOf(string name)
    {
        if (Numbers.TryGetValue(name, out var number))
        {
            return number;
        }

        lock (Gate)
        {
            return Numbers.TryGetValue(name, out number) ? number : NumberNew(name);
        }
    }

    /// <summary>The name of a number that <see cref="NumberOf"/> gave.</summary>
    internal static string NameOf(int number) => Names[number];

    private static void AdmitNew(IReadOnlyList<Feedback> rows, int first)
    {
        lock (Gate)
        {
            var (known, added) = (Numbers.Count, new HashSet<string>(StringComparer.Ordinal));
            for (var i = first; i < rows.Count; i++)
            {
                var type = rows[i].FeedbackType;
                if (!Knows(type) && added.Add(type) && known + added.Count > MaxNew)
                {
                    throw new InvalidFeedbackException(i, nameof(Feedback.FeedbackType), $"must be one of at most {MaxNew} types");
                }
            }

            foreach (var type in added)
            {
                NumberNew(type);
            }
        }
    }

    // Under the gate.
    private static int NumberNew(string name)
    {
        var number = Numbers.Count;
        if (number == Capacity)
        {
            return -1;
        }

        Names[number] = name;
        Numbers[name] = number;
        return number;
    }
}
