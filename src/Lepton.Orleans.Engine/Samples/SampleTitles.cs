using System.Globalization;
using System.Text;

namespace Lepton.Orleans.Engine.Samples;

/// <summary>Makes titles from patterns and the words of a genre; no title is given twice.</summary>
internal sealed class SampleTitles
{
    private static readonly string[] Patterns =
    [
        "The {A} {N}", "The {A} {N}", "{A} {N}", "The {N} of {L}", "{F}'s {N}", "A {N} for {F}", "{G} the {N}", "{G} {F}", "The {P} of {L}",
        "The {P}'s {N}", "{C} {M}", "Last {N} in {L}", "{F} and the {A} {N}", "When the {N} {V}", "Beyond the {N}", "Under the {A} {N}",
        "{N} and {N}", "The {N} at {L}", "{L}", "{F} & {F}", "A {A} {N}", "No {N} in {L}", "The {N} {V}", "Return to {L}", "{F} {S}",
        "The {N} Before {F}", "Letters from {L}", "One {A} {N}", "My {A} {N}", "{N} Street", "The {S} {N}", "The Road to {L}", "{G} {L}",
        "The {A} {P}", "{C} Days in {L}", "Goodbye, {F} {S}", "Nobody's {N}", "After the {N}", "The {N} and the {N}", "A Night in {L}",
    ];

    private static readonly string[] Sequels =
    [
        "{B} {I}", "{B} {I}", "{B} {I}: The {A} {N}", "{B}: The {A} {N}", "{B}: Return to {L}", "{B}: {F}'s {N}", "{B}: The {N} {V}",
    ];

    private readonly HashSet<string> _slugs = [];

    /// <summary>A new title.</summary>
    public string Next(SampleRandom random, SampleGenre genre) => NextOf(Patterns, random, genre, "", 0);

    /// <summary>A new title for a later part of a series.</summary>
    public string NextPart(SampleRandom random, SampleGenre genre, string series, int part) => NextOf(Sequels, random, genre, series, part);

    /// <summary>The title in lower-case ASCII with hyphens, for ids.</summary>
    public static string Slug(string title)
    {
        var slug = new StringBuilder(title.Length);
        foreach (var c in title)
        {
            // Unicode normalisation would need the culture data that invariant mode leaves out; the word lists hold only these.
            var plain = char.ToLowerInvariant(c) switch
            {
                'ã' or 'á' => 'a',
                'é' => 'e',
                'ö' or 'ø' or 'ó' => 'o',
                var lower => lower,
            };
            if (char.IsAsciiLetterOrDigit(plain))
            {
                slug.Append(plain);
            }
            else if (plain != '\'' && slug.Length > 0 && slug[^1] != '-')
            {
                slug.Append('-');
            }
        }

        return slug.ToString().TrimEnd('-');
    }

    private string NextOf(string[] patterns, SampleRandom random, SampleGenre genre, string series, int part)
    {
        var title = "";
        for (var attempt = 0; attempt < 40; attempt++)
        {
            title = Fill(random.Pick(patterns), random, genre, series, part);
            if (_slugs.Add(Slug(title)))
            {
                return title;
            }
        }

        // A catalogue far larger than the words allow: a second line first, then a number.
        var longer = $"{title}: The {random.Pick(SampleNames.Professions)} of {random.Pick(SampleNames.Places)}";
        for (var number = 2; !_slugs.Add(Slug(longer)); number++)
        {
            longer = string.Create(CultureInfo.InvariantCulture, $"{title}, No. {number}");
        }

        return longer;
    }

    private static string Fill(string pattern, SampleRandom random, SampleGenre genre, string series, int part)
    {
        var title = new StringBuilder(48);
        for (var i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] != '{')
            {
                title.Append(pattern[i]);
                continue;
            }

            title.Append(pattern[i + 1] switch
            {
                'A' => Capital(random.Pick(genre.Adjectives)),
                'M' => Plural(Capital(random.Pick(genre.Nouns))),
                'N' => Capital(random.Pick(genre.Nouns)),
                'L' => random.Pick(SampleNames.Places).Replace('-', ' '),
                'F' => random.Pick(SampleNames.First),
                'S' => random.Pick(SampleNames.Last),
                'P' => random.Pick(SampleNames.Professions).Replace('-', ' '),
                'G' => random.Pick(SampleNames.Gerunds),
                'V' => random.Pick(SampleNames.Verbs),
                'C' => random.Pick(SampleNames.Amounts),
                'B' => series,
                _ => Numeral(part),
            });
            i += 2;
        }

        return WithArticle(title.ToString());
    }

    /// <summary>English wants "an" before a vowel's sound; "honest" is the one word here whose sound is not its letter.</summary>
    private static string WithArticle(string title)
    {
        if (title.StartsWith("A ", StringComparison.Ordinal)
            && ("AEIOU".Contains(title[2], StringComparison.Ordinal) || title.AsSpan(2).StartsWith("Honest", StringComparison.Ordinal)))
        {
            return string.Concat("An ", title.AsSpan(2));
        }

        return title.StartsWith("Hundred ", StringComparison.Ordinal) || title.StartsWith("Thousand ", StringComparison.Ordinal)
            ? "A " + title
            : title;
    }

    private static string Plural(string noun) => noun switch
    {
        [.., 'e', 'y'] or [.., 'a', 'y'] or [.., 'o', 'y'] => noun + "s",
        [.. var stem, 'y'] => stem + "ies",
        [.., 's'] or [.., 'c', 'h'] or [.., 's', 'h'] or [.., 'x'] => noun + "es",
        [.. var stem, 'f'] => stem + "ves",
        [.. var stem, 'm', 'a', 'n'] => stem + "men",
        _ => noun + "s",
    };

    private static string Capital(string word) => string.Concat(char.ToUpperInvariant(word[0]).ToString(), word.AsSpan(1));

    private static string Numeral(int part) => part switch
    {
        2 => "II",
        3 => "III",
        4 => "IV",
        5 => "V",
        6 => "VI",
        _ => part.ToString(CultureInfo.InvariantCulture),
    };
}
