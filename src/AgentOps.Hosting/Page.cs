namespace AgentOps.Hosting;

/// <summary>A part of a list, as the API answers it.</summary>
/// <param name="Next">The cursor that gives the following part; null at the end.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

public static class Page
{
    /// <param name="rows">What follows the cursor, one row more than a page holds where there are so many.</param>
    /// <param name="cursorOf">From a page's last row to the cursor behind it.</param>
    /// <param name="shown">A row as the list shows it.</param>
    public static Page<T> Of<TRow, T>(IReadOnlyList<TRow> rows, int size, Func<TRow, string> cursorOf, Func<TRow, T> shown) =>
        new([.. rows.Take(size).Select(shown)], rows.Count > size ? cursorOf(rows[size - 1]) : null);

    /// <inheritdoc cref="Of{TRow, T}"/>
    public static Page<T> Of<T>(IReadOnlyList<T> rows, int size, Func<T, string> cursorOf) => Of(rows, size, cursorOf, row => row);
}
