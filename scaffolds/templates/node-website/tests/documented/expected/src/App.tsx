import { useState } from 'react';

/** A first page: replace it with what the website is for. */
export function App() {
  const [name, setName] = useState('');

  return (
    <main>
      <h1>{"Gift list of the family"}</h1>
      <p>{"Lets a family fill one cart together before a celebration"}</p>
      <label>
        Your name
        <input value={name} onChange={(event) => setName(event.target.value)} />
      </label>
      {name && <p role="status">Hello {name}</p>}
    </main>
  );
}
