using System.Collections.Concurrent;

namespace Lepton.Orleans.Grains.Users;

/// <summary>
/// Numbers for the names of feedback types, given in this process and valid in it only; states keep the names.
/// </summary>
internal static class FeedbackTypes
{
    /// <summary>How many types a process knows at the most: a type is a word of the product, not of a user.</summary>
    public const int Capacity = 4096;

    private static readonly ConcurrentDictionary<string, int> Numbers = new(StringComparer.Ordinal);
    private static readonly string[] Names = new string[Capacity];
    private static readonly Lock Gate = new();

    /// <summary>How many types may come in by requests; the rest is left for states that other processes have written.</summary>
    public const int MaxNew = 1024;

    /// <summary>Whether a type is known, or may become known by a request.</summary>
    public static bool Accepts(string name) => Knows(name) || Numbers.Count < MaxNew;

    /// <summary>Whether a type has its number already.</summary>
    public static bool Knows(string name) => Numbers.ContainsKey(name);

    /// <summary>The number of a type, given when it is first asked for.</summary>
    /// <returns>-1: there are <see cref="Capacity"/> types already.</returns>
    public static int NumberOf(string name)
    {
        if (Numbers.TryGetValue(name, out var number))
        {
            return number;
        }

        lock (Gate)
        {
            if (Numbers.TryGetValue(name, out number))
            {
                return number;
            }

            number = Numbers.Count;
            if (number == Capacity)
            {
                return -1;
            }

            Names[number] = name;
            Numbers[name] = number;
            return number;
        }
    }

    /// <summary>The name of a number that <see cref="NumberOf"/> gave.</summary>
    public static string NameOf(int number) => Names[number];
}
