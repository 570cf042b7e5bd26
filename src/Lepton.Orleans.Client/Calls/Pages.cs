using System.Runtime.CompilerServices;

namespace Lepton.Orleans.Client.Calls;

/// <summary>Enumerations, page by page.</summary>
internal static class Pages
{
    /// <summary>How many entries a page is asked for.</summary>
    public const int Size = 500;

    /// <summary>All entries of all pages.</summary>
    /// <param name="read">Reads the page that a cursor stands for.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async IAsyncEnumerable<T> AllAsync<T>(Func<string, Task<Page<T>>> read, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var cursor = "";
        do
        {
            var page = await read(cursor);
            foreach (var entry in page.Entries)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return entry;
            }

            cursor = page.Cursor;
        }
        while (cursor.Length > 0);
    }
}
