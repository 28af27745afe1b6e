namespace AgentOps.Hosting;

/// <summary>A part of a list, as the API answers it.</summary>
/// <param name="Next">The cursor that gives the following part; null at the end.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

public static class Page
{
    /// <param name="rows">What follows the cursor, one row more than a page holds where there are so many.</param>
    /// <param name="cursorOf">From a page's last row to the cursor behind it.</param>
    public static Page<T> Of<T>(IReadOnlyList<T> rows, int size, Func<T, string> cursorOf) =>
        new([.. rows.Take(size)], rows.Count > size ? cursorOf(rows[size - 1]) : null);
}
