namespace AgentOps.Environments;

/// <summary>
/// Walk to a goal on a grid of five by five rooms with seven walls in it, told the goal, the own position and the walls around (after LMRL-Gym's maze, full view).
/// Positions are row, column; "up" is row - 1. A wall blocks without comment. Reward 1 on the goal, else 0; a text that is no move costs a turn.
/// Splits differ in the walls: a layout belongs to one split by its hash. Unseen tasks also lie further apart than any other split's.
/// Example:  "Goal 3, 1. You 4, 3. Walls down."  ->  "move up"  ->  "Goal 3, 1. You 3, 3. No walls."
/// </summary>
public sealed class Maze : IEnvironment
{
    public static readonly EnvironmentInfo Info = new("maze", "1", 12, ["near", "far"], () => new Maze())
    {
        Content = task => Drawn.Of(task).Layout,
        RandomCeiling = 0.12,
    };

    private const int Size = 5;
    private const int Walls = 7;
    private static readonly (string Name, int Row, int Column)[] Moves = [("up", -1, 0), ("down", 1, 0), ("left", 0, -1), ("right", 0, 1)];
    private static readonly string[] Actions = [.. Moves.Select(move => $"move {move.Name}")];

    private Drawn _maze = null!;
    private int _position;

    public string TaskType => _maze.Far ? "far" : "near";

    public Observation Reset(TaskId task)
    {
        _maze = Drawn.Of(task);
        _position = _maze.Start;
        return See("");
    }

    public Outcome Step(string action)
    {
        var move = Array.IndexOf(Actions, action);
        if (move < 0)
            return new(See("Nothing happens. "), 0, Done: false, Invalid: true);
        if (_maze.IsOpen(_position, move))
            _position = Neighbour(_position, move);
        var arrived = _position == _maze.Goal;
        return new(See(""), arrived ? 1 : 0, arrived, Invalid: false);
    }

    /// <summary>The first move, in the order of the actions, of a shortest way. It knows all walls, where the agent knows those around it.</summary>
    public string ExpertAction() =>
        Actions[Enumerable.Range(0, Moves.Length).First(move => _maze.IsOpen(_position, move) && _maze.Steps(Neighbour(_position, move)) < _maze.Steps(_position))];

    private Observation See(string remark)
    {
        var walls = Moves.Where((_, move) => !_maze.IsOpen(_position, move)).Select(move => move.Name).ToArray();
        var around = walls.Length == 0 ? "No walls" : $"Walls {string.Join(", ", walls)}";
        return new($"{remark}Goal {_maze.Goal / Size}, {_maze.Goal % Size}. You {_position / Size}, {_position % Size}. {around}.", Actions);
    }

    private static int Neighbour(int cell, int move) => cell + Moves[move].Row * Size + Moves[move].Column;

    /// <summary>One task: where the walls stand, the start and the goal. Cell = row * 5 + column.</summary>
    private sealed record Drawn(bool[] WallBelow, bool[] WallRight, int Start, int Goal)
    {
        private int[]? _steps;

        /// <summary>Rows of the cells' walls: b below, r right, x both, a dot none.</summary>
        public string Layout => string.Concat(Enumerable.Range(0, Size * Size).Select(cell =>
            (WallBelow[cell], WallRight[cell]) switch { (true, true) => 'x', (true, false) => 'b', (false, true) => 'r', _ => '.' }));

        public bool Far => Steps(Start) > 4;

        public static Drawn Of(TaskId task)
        {
            var rng = new Rng(Seed.Of(task));
            while (true)
            {
                var maze = Draw(rng);
                if (Home(maze.Layout) == task.Split && maze.Fits(task.Split))
                    return maze;
            }
        }

        /// <summary>Moves on a shortest way from the cell to the goal; int.MaxValue where there is none.</summary>
        public int Steps(int cell) => (_steps ??= Distances())[cell];

        public bool IsOpen(int cell, int move) => move switch
        {
            0 => cell >= Size && !WallBelow[cell - Size],
            1 => cell < Size * (Size - 1) && !WallBelow[cell],
            2 => cell % Size > 0 && !WallRight[cell - 1],
            _ => cell % Size < Size - 1 && !WallRight[cell],
        };

        private static Drawn Draw(Rng rng)
        {
            // The 40 borders between two cells: 20 below a cell of the first four rows, 20 to the right of one of the first four columns.
            var borders = rng.Shuffled(Enumerable.Range(0, 2 * Size * (Size - 1)))[..Walls];
            var (below, right) = (new bool[Size * Size], new bool[Size * Size]);
            foreach (var border in borders)
                if (border < Size * (Size - 1))
                    below[border] = true;
                else
                    right[(border - Size * (Size - 1)) / (Size - 1) * Size + border % (Size - 1)] = true;
            return new(below, right, rng.Below(Size * Size), rng.Below(Size * Size));
        }

        /// <summary>Six layouts in ten are for training, one for choosing, two for the test, one for unseen distances.</summary>
        private static Split Home(string layout) => (Seed.Of(layout) % 10) switch { < 6 => Split.Train, 6 => Split.Dev, < 9 => Split.Test, _ => Split.Unseen };

        private bool Fits(Split split) => split == Split.Unseen ? Steps(Start) is 7 or 8 : Steps(Start) is >= 4 and <= 6;

        private int[] Distances()
        {
            var steps = new int[Size * Size];
            Array.Fill(steps, int.MaxValue);
            steps[Goal] = 0;
            var queue = new Queue<int>([Goal]);
            while (queue.TryDequeue(out var cell))
                for (var move = 0; move < Moves.Length; move++)
                    if (IsOpen(cell, move) && steps[Neighbour(cell, move)] == int.MaxValue)
                    {
                        steps[Neighbour(cell, move)] = steps[cell] + 1;
                        queue.Enqueue(Neighbour(cell, move));
                    }
            return steps;
        }
    }
}
